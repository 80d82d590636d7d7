//! PC/SC.

use super::Said;
use crate::language::say;
use kaztoken_pcsc::Error;

impl Said for Error {
    fn said(&self) -> String {
        match *self {
            Self::NoService if cfg!(target_os = "linux") => say!("service-no-service-linux"),
            Self::NoService => say!("service-no-service-here"),
            Self::NoPermission => say!("service-no-permission"),
            Self::NothingThere => say!("service-nothing"),
            Self::NoCard => say!("service-no-card"),
            Self::Held => say!("service-held"),
            Self::Removed => say!("service-removed"),
            Self::Reset => say!("service-reset"),
            Self::Mute => say!("service-mute"),
            Self::Timeout { budget } => say!("service-late", ms = budget.0),
            Self::Communication(error) => say!("service-communication", text = error.to_string()),
            Self::ResponseTooLong { needed, got } => {
                say!("service-response-too-long", needed = needed, count = got)
            }
            Self::WorkerGone => say!("service-worker-gone"),
            Self::Service(error) => say!("service-service", text = error.to_string()),
            _ => self.to_string(),
        }
    }
}
