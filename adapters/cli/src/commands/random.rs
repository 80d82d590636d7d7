//! `random`: bytes from the token's generator.

use super::token_json;
use crate::args::Random;
use crate::context::Context;
use crate::exit::Result;
use crate::language::say;
use crate::output::{Report, hex};
use crate::progress::Progress;
use serde_json::json;

pub(super) fn random(context: &Context, options: &Random) -> Result<Report> {
    let mut token = context.token()?;
    let mut bytes = vec![0; options.bytes as usize];
    let progress = Progress::start(&say!("random-reading"), context.global.progress);
    let result = token.connection.run(async |session| session.random(&mut bytes).await);
    drop(progress);
    result?;
    let token = token_json(&token);
    match &options.out {
        Some(path) => {
            crate::whole_file::put(path, &bytes)?;
            let text = say!("random-written", path = path.display().to_string(), count = bytes.len());
            let json = json!({ "token": token, "bytes": bytes.len(), "file": path.display().to_string() });
            Ok(Report::new(text, json))
        }
        None => {
            let text = hex(&bytes).to_lowercase();
            Ok(Report::new(text.clone(), json!({ "token": token, "bytes": bytes.len(), "hex": text })))
        }
    }
}
