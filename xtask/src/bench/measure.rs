//! What was measured: for each operation, each program's samples and its instruction count.

use super::callgrind;
use super::goals::{self, Mark};
use super::operation;
use super::program::Program;

/// Samples of one operation of one program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    /// Nanoseconds of one operation, one sample a round.
    pub(crate) samples: Vec<f64>,
    pub(crate) instructions: Option<u64>,
}

impl Cell {
    /// Nanoseconds.
    pub(crate) fn median(&self) -> Option<f64> {
        let mut sorted = self.samples.clone();
        sorted.sort_by(f64::total_cmp);
        let (low, high) = (sorted.len().checked_sub(1)? / 2, sorted.len() / 2);
        Some((sorted.get(low)? + sorted.get(high)?) / 2.0)
    }

    /// The largest sample divided by the smallest: how far to trust the median.
    pub(crate) fn spread(&self) -> Option<f64> {
        let most = self.samples.iter().copied().reduce(f64::max)?;
        let least = self.samples.iter().copied().reduce(f64::min)?;
        Some(most / least)
    }
}

/// One operation on one curve or of one hash function.
pub(crate) struct Row {
    pub(crate) subject: String,
    pub(crate) operation: String,
    /// One for each program, ours first; none where a program does not have the operation.
    pub(crate) cells: Vec<Option<Cell>>,
}

impl Row {
    fn ours(&self) -> Option<&Cell> {
        self.cells.first()?.as_ref()
    }

    /// The largest of the programs' spreads.
    pub(crate) fn spread(&self) -> Option<f64> {
        self.cells.iter().flatten().filter_map(Cell::spread).reduce(f64::max)
    }
}

/// How one row stands to the best of the peers: above 1 we are better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Standing {
    pub(crate) time: f64,
    /// By instructions, where they were counted.
    pub(crate) instructions: Option<f64>,
    pub(crate) mark: Mark,
}

/// All rows.
pub(crate) struct Results {
    pub(crate) rows: Vec<Row>,
    /// How many of the first programs are ours.
    ours: usize,
}

impl Results {
    /// What there is to measure: every operation of ours.
    pub(crate) fn plan(programs: &[Program], ours: usize, only: &str) -> Self {
        let can = programs.first().map_or(&[][..], |program| &program.can);
        let rows = can.iter().filter(|(subject, _)| subject.contains(only)).map(|(subject, operation)| Row {
            subject: subject.clone(),
            operation: operation.clone(),
            cells: programs
                .iter()
                .map(|program| program.has(subject, operation).then(Cell::default))
                .collect(),
        });
        Self { rows: rows.collect(), ours }
    }

    /// Round by round, and in each, for one operation after the other, all programs in turn: whatever slows
    /// the machine down for a while then slows all of them down. Each round starts the programs anew, as
    /// where a process happens to lie in memory can slow it down for as long as it runs.
    pub(crate) fn time(
        &mut self,
        programs: &[Program],
        signatures: &[(String, String)],
        rounds: usize,
        milliseconds: f64,
    ) -> Result<(), String> {
        for round in 1..=rounds {
            eprintln!("round {round} of {rounds}");
            let mut sessions = programs.iter().map(Program::start).collect::<Result<Vec<_>, _>>()?;
            for (curve, signature) in signatures {
                for (_, session) in
                    programs.iter().zip(&mut sessions).filter(|(one, _)| one.has(curve, "verify"))
                {
                    session.ask(&format!("accept {curve} {signature}"))?;
                }
            }
            for Row { subject, operation, cells } in &mut self.rows {
                for ((program, session), cell) in programs.iter().zip(&mut sessions).zip(cells) {
                    let Some(cell) = cell else { continue };
                    let answer = session.ask(&format!("time {subject} {operation} {milliseconds}"))?;
                    let sample: f64 =
                        answer.parse().map_err(|_| format!("{} says `{answer}` for a time", program.name))?;
                    cell.samples.push(sample / f64::from(operation::batch(operation)));
                }
            }
        }
        Ok(())
    }

    /// Counts instructions, except of the longest messages, which say nothing that shorter ones do not.
    pub(crate) fn count(
        &mut self,
        programs: &[Program],
        signatures: &[(String, String)],
    ) -> Result<(), String> {
        for (index, program) in programs.iter().enumerate() {
            eprintln!("instructions of {}", program.name);
            let mut places = Vec::new();
            for row in &mut self.rows {
                let wanted = operation::is_worth_counting(&row.operation);
                if let (true, Some(Some(cell))) = (wanted, row.cells.get_mut(index)) {
                    places.push((row.subject.as_str(), row.operation.as_str(), cell));
                }
            }
            let operations: Vec<_> =
                places.iter().map(|(subject, operation, _)| (*subject, *operation)).collect();
            let counts = callgrind::count(program, &operations, signatures)?;
            for ((_, _, cell), count) in places.into_iter().zip(counts) {
                cell.instructions = Some(count);
            }
        }
        Ok(())
    }

    /// How a row stands to the best of the peers. An operation that only we have is held against the one it
    /// stands for.
    pub(crate) fn standing(&self, row: &Row) -> Option<Standing> {
        let counterpart = operation::counterpart(&row.operation);
        let theirs = self
            .rows
            .iter()
            .find(|other| other.subject == row.subject && other.operation == counterpart)
            .unwrap_or(row);
        let ours = row.ours()?;
        let peers = || theirs.cells.iter().skip(self.ours).flatten();
        let fastest = peers().filter_map(Cell::median).reduce(f64::min)?;
        let fewest = peers().filter_map(|cell| cell.instructions).min();
        let time = fastest / ours.median()?;
        let instructions = fewest.zip(ours.instructions).map(|(theirs, ours)| theirs as f64 / ours as f64);
        Some(Standing { time, instructions, mark: goals::mark(&row.subject, &row.operation, time) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(samples: &[f64], instructions: u64) -> Option<Cell> {
        Some(Cell { samples: samples.to_vec(), instructions: Some(instructions) })
    }

    fn row(operation: &str, cells: Vec<Option<Cell>>) -> Row {
        Row { subject: "CryptoPro-A".to_owned(), operation: operation.to_owned(), cells }
    }

    #[test]
    fn medians_and_spreads() {
        let cell = Cell { samples: vec![4.0, 1.0, 2.0], instructions: None };
        assert_eq!((cell.median(), cell.spread()), (Some(2.0), Some(4.0)));
        let cell = Cell { samples: vec![4.0, 1.0, 2.0, 3.0], instructions: None };
        assert_eq!(cell.median(), Some(2.5));
        assert_eq!((Cell::default().median(), Cell::default().spread()), (None, None));
    }

    #[test]
    fn ratios_are_to_the_fastest_peer() {
        let results = Results {
            rows: vec![
                row("sign", vec![cell(&[10.0], 100), cell(&[15.0], 300), None, cell(&[40.0], 200)]),
                row("sign-hedged", vec![cell(&[20.0], 400), None, None, None]),
                row("verify", vec![cell(&[20.0], 400), None, None, None]),
            ],
            ours: 1,
        };
        let standing: Vec<_> = results.rows.iter().map(|row| results.standing(row)).collect();
        let sign = standing[0].expect("two peers sign");
        assert_eq!((sign.time, sign.instructions, sign.mark), (1.5, Some(2.0), Mark::Floor));
        let hedged = standing[1].expect("held against the peers' sign");
        assert_eq!((hedged.time, hedged.instructions), (0.75, Some(0.5)));
        assert_eq!(standing[2], None);
    }
}
