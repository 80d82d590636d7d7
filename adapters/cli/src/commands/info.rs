//! `info`: what the token is.

use super::token_json;
use crate::context::Context;
use crate::exit::Result;
use crate::language::say;
use crate::output::{Report, fields, hex};
use kaztoken_core::token::Layouts;
use serde_json::json;

pub(super) fn info(context: &Context) -> Result<Report> {
    let mut token = context.token()?;
    let identity = token.connection.run(async |session| session.identify().await)?;
    let about = &token.about;
    let memory = identity.free_memory.map(|bytes| say!("bytes", count = bytes));
    let rows = [
        (say!("info-model"), about.model.to_owned()),
        (say!("info-serial"), format!("{} ({:#})", about.serial, about.serial)),
        (say!("info-atr"), hex(&about.atr)),
        (say!("info-memory"), memory.unwrap_or_else(|| say!("not-said"))),
        (say!("info-layouts"), layout_names(&identity.layouts).join(", ")),
        (say!("info-via"), format!("{}, {}", about.via.name(), about.place)),
        (say!("info-firmware"), say!("info-firmware-unknown")),
    ];
    let mut json = token_json(&token);
    json["atr"] = json!(hex(&about.atr));
    json["free_memory"] = json!(identity.free_memory);
    json["layouts"] = layouts_json(&identity.layouts);
    Ok(Report::new(fields(&rows), json!({ "token": json })))
}

pub(super) fn layout_names(layouts: &Layouts) -> Vec<String> {
    if !layouts.file_system {
        return vec![say!("layout-none")];
    }
    let all = [
        (layouts.opensc, say!("layout-opensc")),
        (layouts.opensc_unfinished, say!("layout-unfinished")),
        (layouts.middleware, say!("layout-middleware")),
        (layouts.vendor, say!("layout-vendor")),
    ];
    let names: Vec<_> = all.into_iter().filter_map(|(there, name)| there.then_some(name)).collect();
    if names.is_empty() { vec![say!("layout-files-only")] } else { names }
}

pub(super) fn layouts_json(layouts: &Layouts) -> serde_json::Value {
    json!({
        "file_system": layouts.file_system,
        "key_folders": layouts.key_folders,
        "opensc": layouts.opensc,
        "opensc_unfinished": layouts.opensc_unfinished,
        "middleware": layouts.middleware,
        "vendor": layouts.vendor,
    })
}
