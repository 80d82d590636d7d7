//! `completions` and `manual`: what a package ships, made from the command line's own grammar.

use crate::exit::{Code, Problem, Result};
use crate::help;
use crate::language::say;
use crate::output::Report;
use clap_complete::Shell;
use serde_json::json;
use std::path::Path;

pub(super) fn completions(shell: Shell) -> Result<Report> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut help::command(), "kaztoken", &mut script);
    let script = asking(shell, String::from_utf8_lossy(&script).trim_end());
    Ok(Report::new(script.clone(), json!({ "shell": shell.to_string(), "script": script })))
}

/// What clap takes for a file's name is a serial number or a key of a token that is attached: the script asks for them.
fn asking(shell: Shell, script: &str) -> String {
    let mut script = script.to_owned();
    for (option, what) in [("device", "serials"), ("key", "keys")] {
        match shell {
            Shell::Bash => {
                let case = format!("--{option})\n                    COMPREPLY=($(compgen ");
                let ask =
                    format!("kaztoken complete {what} -- \"${{COMP_WORDS[@]:1}}\" 2>/dev/null </dev/null");
                let files = format!("{case}-f \"${{cur}}\"))");
                script = script.replace(&files, &format!("{case}-W \"$({ask})\" -- \"${{cur}}\"))"));
            }
            Shell::Zsh => {
                let ask = format!("kaztoken complete {what} -- ${{words[2,-1]}} 2>/dev/null </dev/null");
                let offer = format!("{{compadd -- ${{(f)\"$({ask})\"}}}}' \\");
                let lines = script.lines().map(|line| match line.strip_suffix("_default' \\") {
                    Some(start) if start.contains(&format!("--{option}=[")) => format!("{start}{offer}"),
                    _ => line.to_owned(),
                });
                script = lines.collect::<Vec<_>>().join("\n");
            }
            Shell::Fish => {
                let ask =
                    format!("(kaztoken complete {what} -- (commandline -opc)[2..-1] 2>/dev/null </dev/null)");
                let lines = script.lines().map(|line| {
                    let is_it = line.contains(&format!(" -l {option} ")) && line.ends_with(" -r");
                    if is_it { format!("{line} -f -a '{ask}'") } else { line.to_owned() }
                });
                script = lines.collect::<Vec<_>>().join("\n");
            }
            _ => {}
        }
    }
    script
}

pub(super) fn manual(folder: &Path) -> Result<Report> {
    std::fs::create_dir_all(folder).map_err(|error| Problem::file(folder, &error))?;
    let failed = |error: std::io::Error| Problem::file(folder, &error);
    // No half page stands under a page's name.
    let fresh = tempfile::Builder::new().prefix(".kaztoken").tempdir_in(folder).map_err(failed)?;
    clap_mangen::generate_to(help::command(), fresh.path()).map_err(failed)?;
    let pages = std::fs::read_dir(fresh.path()).map_err(failed)?;
    let mut names: Vec<_> = pages
        .filter_map(|page| page.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with("kaztoken") && name.ends_with(".1"))
        .collect();
    names.sort();
    for name in &names {
        std::fs::rename(fresh.path().join(name), folder.join(name)).map_err(failed)?;
    }
    if names.is_empty() {
        return Err(Problem::new(Code::Failed, say!("problem-no-page")));
    }
    let text = say!("pages", count = names.len(), path = folder.display().to_string());
    Ok(Report::new(text, json!({ "folder": folder.display().to_string(), "pages": names })))
}
