//! `panel`: the tokens and what can be done with them, on the whole terminal.
//!
//! `state` is what is shown, `update` changes it, `draw` puts it on the screen; tokens are talked to in a
//! thread of their own, by the operations of the other commands.

mod dialog;
mod draw;
mod state;
#[cfg(test)]
mod tests;
mod update;
mod worker;

use crate::context::Context;
use crate::device::presence::Bus;
use crate::exit::{Code, Problem, Result};
use crate::help::is_dumb;
use crate::language::say;
use crate::output::Report;
use crate::progress::{interrupted, stop, watch_for_interrupt};
use core::time::Duration;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event;
use state::State;
use std::io::IsTerminal;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::Instant;
use update::{Answer, Effect, Event, Job, update};

/// How long the keyboard is waited for at a time.
const KEYBOARD: Duration = Duration::from_millis(100);

pub(super) fn panel(context: &Context) -> Result<Report> {
    context.refuse_dry_run(&say!("panel-no-dry-run"))?;
    if is_dumb() || context.global.json || !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal()
    {
        return Err(Problem::new(Code::Usage, say!("panel-needs-terminal")));
    }
    if context.global.verbose > 0 {
        return Err(Problem::new(Code::Usage, say!("panel-not-verbose")));
    }
    // What is wrong with the way to the tokens is said before the screen is taken.
    drop(Bus::new(&context.global)?);
    watch_for_interrupt();
    let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let mut terminal = ratatui::try_init().map_err(|error| lost(&error))?;
    let global = &context.global;
    let result = std::thread::scope(|scope| {
        let (jobs, to_do) = channel();
        let (answers, heard) = channel();
        scope.spawn(move || worker::work(global, &to_do, &answers));
        show(&mut terminal, colours, jobs, &heard)
    });
    let restored = ratatui::try_restore();
    result.and(restored).map_err(|error| lost(&error))?;
    Ok(Report::default())
}

fn lost(error: &std::io::Error) -> Problem {
    Problem::new(Code::Failed, say!("panel-terminal-lost", text = error.to_string()))
}

/// Shows the panel until it is left. When this ends the worker has nobody to work for.
fn show(
    terminal: &mut DefaultTerminal,
    colours: bool,
    jobs: Sender<Job>,
    answers: &Receiver<Answer>,
) -> std::io::Result<()> {
    let mut state = State { colours, ..State::default() };
    let mut last = Instant::now();
    while !state.quit {
        terminal.draw(|frame| draw::draw(&state, frame))?;
        let mut events = Vec::new();
        if event::poll(KEYBOARD)?
            && let event::Event::Key(key) = event::read()?
        {
            events.push(Event::Key(key));
        }
        loop {
            match answers.try_recv() {
                Ok(answer) => events.push(Event::Worker(answer)),
                Err(TryRecvError::Empty) => break,
                // Nothing would answer any more.
                Err(TryRecvError::Disconnected) => return Ok(()),
            }
        }
        events.push(Event::Tick(last.elapsed()));
        last = Instant::now();
        if interrupted() {
            events.push(Event::Interrupted);
        }
        for event in events {
            for effect in update(&mut state, event) {
                match effect {
                    Effect::Stop => stop(),
                    // That a worker has ended shows above.
                    Effect::Work(job) => drop(jobs.send(job)),
                }
            }
        }
    }
    Ok(())
}
