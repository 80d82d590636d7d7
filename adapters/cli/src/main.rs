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
mod whole_file;

use args::{Cli, Command, Doctor, TraceCommand};
use clap::Parser;
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
    let mut cli = match Cli::try_parse_from(&words) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    cli.global.words = words;
    let (as_json, name) = (cli.global.json, cli.command.name());
    cli.global.purpose = name;
    language::choose(cli.global.lang);
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
fn usage(error: &clap::Error) -> ExitCode {
    let help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if !help && std::env::args_os().any(|argument| argument == "--json") {
        let message = error.to_string();
        let first = message.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        output::print_problem(true, "", &Problem::new(Code::Usage, first));
    } else {
        let _ = error.print();
    }
    ExitCode::from(if help { 0 } else { Code::Usage as u8 })
}
