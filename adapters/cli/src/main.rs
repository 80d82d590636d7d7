//! The command `kaztoken`: the KAZTOKEN crypto token from the command line.
#![forbid(unsafe_code)]

mod args;
mod calendar;
mod certificate;
mod commands;
mod context;
mod der;
mod device;
mod dry_run;
mod exit;
mod help;
mod http;
mod key_store;
mod language;
mod link;
mod names;
mod output;
mod pin_source;
mod progress;
mod public_key;
mod rig_rules;
mod said;
mod terminal;
mod toml_file;
mod trust;
mod usage;
mod whole_file;

use args::{Cli, Command, Doctor, TraceCommand};
use clap::FromArgMatches;
use clap::error::ErrorKind;
use commands::trace::Kept;
use context::Context;
use exit::{Code, Problem};
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    again(std::env::args_os().collect())
}

/// Carries out a command line: that of the program, or one inside it.
fn again(words: Vec<OsString>) -> ExitCode {
    language::choose(help::language(&words));
    let parsed = help::command()
        .try_get_matches_from(&words)
        .and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches));
    let mut cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return wrong(&error),
    };
    cli.global.words = words;
    let (as_json, name) = (cli.global.json, cli.command.name());
    cli.global.purpose = name;
    if let Command::Doctor(Doctor { bundle: Some(_), .. }) = &cli.command {
        cli.global.kept = Some(Kept::default());
    }
    if let Command::Trace(TraceCommand::Record { file, command }) = &cli.command {
        return again(commands::trace::with_trace(file, command));
    }
    let result = Context::new(cli.global).and_then(|context| {
        let report = commands::run(&context, cli.command);
        context.end_of_trace();
        let report = report?;
        let report = context.planned().unwrap_or(report);
        let code = report.code;
        output::print(as_json, name, report)?;
        Ok(code)
    });
    match result {
        Ok(code) => code.map_or(ExitCode::SUCCESS, |code| ExitCode::from(code as u8)),
        Err(problem) => {
            output::print_problem(as_json, name, &problem);
            ExitCode::from(problem.code as u8)
        }
    }
}

/// Help, the version, or a command line that makes no sense.
fn wrong(error: &clap::Error) -> ExitCode {
    let help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if !help && std::env::args_os().any(|argument| argument == "--json") {
        output::print_problem(true, "", &Problem::new(Code::Usage, usage::first_line(error)));
    } else if !help && !language::is_english() && usage::message(error).is_some() {
        output::note(usage::text(error).trim_end());
    } else {
        let _ = error.print();
    }
    ExitCode::from(if help { 0 } else { Code::Usage as u8 })
}
