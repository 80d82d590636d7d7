//! A person's way with the command line, from the list of tokens to a signature, through the rig.

use crate::report::{Outcome, Report, ensure, reason};
use crate::token::{Bench, Setup};
use kaztoken_virtual::Model;
use std::path::Path;
use std::process::{Command, Stdio};

/// The PINs of a new token, and one that is wrong.
const ADMIN_PIN: (&str, &str) = ("ADMIN_PIN", "87654321");
const USER_PIN: (&str, &str) = ("USER_PIN", "12345678");
const WRONG_PIN: (&str, &str) = ("WRONG_PIN", "99999999");

type Step = fn(&Journey<'_>) -> Outcome;

/// The cases.
pub(crate) fn cases(bench: &Bench<'_>, report: &mut Report) {
    let Some(kaztoken) = &bench.options.kaztoken else {
        println!("not run: the journey (no --kaztoken)");
        return;
    };
    for &model in bench.models() {
        let setup = match bench.start("journey", model) {
            Ok(setup) => setup,
            Err(why) => return report.case("journey: starts", || Err(why)),
        };
        let journey = Journey { kaztoken, setup: &setup, model };
        let steps: [(&str, Step); 10] = [
            ("rig info", |it| it.says("mps2-an386", &["rig", "info"])),
            ("list", |it| it.says("KAZTOKEN", &["list"])),
            ("status", |it| it.says("", &["status"])),
            ("a plan", |it| {
                let plans = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/plans");
                let plan =
                    if it.model == Model::Kaztoken { "virtual-token.toml" } else { "first-contact.toml" };
                let plan = plans.join(plan).display().to_string();
                it.says(" 0 failed, 0 skipped", &["rig", "run", &plan])
            }),
            ("format", |it| {
                let serial = format!("0x{:x}", crate::card::SERIAL);
                it.says(
                    "",
                    &[
                        "format",
                        "--label",
                        "RIG",
                        "--serial",
                        &serial,
                        "--yes",
                        "--admin-pin-source",
                        "env:ADMIN_PIN",
                        "--new-pin-source",
                        "env:USER_PIN",
                    ],
                )?;
                it.says("RIG", &["status"])
            }),
            ("login", |it| it.says("", &["pin", "verify", "--pin-source", "env:USER_PIN"])),
            ("a wrong PIN is refused", |it| it.fails(&["pin", "verify", "--pin-source", "env:WRONG_PIN"])),
            ("key", |it| {
                it.says(
                    "",
                    &[
                        "key",
                        "generate",
                        "--label",
                        "pay",
                        "--public-key",
                        "pay.pem",
                        "--pin-source",
                        "env:USER_PIN",
                    ],
                )
            }),
            ("sign", |it| {
                std::fs::write(it.folder().join("payment"), "a payment of 100 tenge\n").map_err(reason)?;
                it.says("", &["sign", "payment", "--pin-source", "env:USER_PIN"])
            }),
            ("verify", |it| it.says("", &["verify", "payment", "payment.sig"])),
        ];
        for (name, step) in steps {
            report.case(format_args!("journey, {model:?}: {name}"), || step(&journey));
        }
        report.case(format_args!("journey, {model:?}: nobody is logged in after it"), || {
            setup.is_safe().map(|()| String::new())
        });
    }
}

struct Journey<'j> {
    kaztoken: &'j Path,
    setup: &'j Setup,
    model: Model,
}

impl Journey<'_> {
    fn folder(&self) -> &Path {
        self.setup.machine.folder()
    }

    fn run(&self, arguments: &[&str]) -> Result<(bool, String), String> {
        let output = Command::new("timeout")
            .arg("60")
            .arg(self.kaztoken)
            .arg("--via")
            .arg(format!("rig:{}", self.setup.machine.host().display()))
            .args(arguments)
            .current_dir(self.folder())
            .envs([ADMIN_PIN, USER_PIN, WRONG_PIN])
            .stdin(Stdio::null())
            .output()
            .map_err(reason)?;
        let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
        said.push_str(&String::from_utf8_lossy(&output.stderr));
        Ok((output.status.success(), said))
    }

    fn says(&self, words: &str, arguments: &[&str]) -> Outcome {
        let (success, said) = self.run(arguments)?;
        ensure(success && said.contains(words), || said)?;
        Ok(String::new())
    }

    fn fails(&self, arguments: &[&str]) -> Outcome {
        let (success, said) = self.run(arguments)?;
        ensure(!success, || said)?;
        Ok(String::new())
    }
}
