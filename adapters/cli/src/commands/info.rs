//! `info`: what the token is.

use super::token_json;
use crate::context::Context;
use crate::exit::Result;
use crate::output::{Report, fields, hex};
use kaztoken_core::token::Layouts;
use serde_json::json;

pub(super) fn info(context: &Context) -> Result<Report> {
    let mut token = context.token()?;
    let identity = token.connection.run(async |session| session.identify().await)?;
    let about = &token.about;
    let memory = identity.free_memory.map(|bytes| format!("{bytes} bytes"));
    let rows = [
        ("Model", about.model.to_owned()),
        ("Serial number", format!("{} ({:#})", about.serial, about.serial)),
        ("Answer to reset", hex(&about.atr)),
        ("Free memory", memory.unwrap_or_else(|| "the token does not say".to_owned())),
        ("Layouts", layout_names(&identity.layouts).join(", ")),
        ("Reached via", format!("{}, {}", about.via.name(), about.place)),
        ("Firmware version", "not known: how to ask is not public".to_owned()),
    ];
    let mut json = token_json(&token);
    json["atr"] = json!(hex(&about.atr));
    json["free_memory"] = json!(identity.free_memory);
    json["layouts"] = layouts_json(&identity.layouts);
    Ok(Report::new(fields(&rows), json!({ "token": json })))
}

pub(super) fn layout_names(layouts: &Layouts) -> Vec<&'static str> {
    if !layouts.file_system {
        return vec!["none: erased and not formatted"];
    }
    let all = [
        (layouts.opensc, "OpenSC (PKCS#15)"),
        (layouts.opensc_unfinished, "OpenSC, format unfinished"),
        (layouts.middleware, "name map of the vendor's middleware"),
        (layouts.vendor, "vendor (contents not public)"),
    ];
    let names: Vec<_> = all.into_iter().filter_map(|(there, name)| there.then_some(name)).collect();
    if names.is_empty() { vec!["files only"] } else { names }
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
