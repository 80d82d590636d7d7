//! The tokens themselves, as far as they say something without a PIN.

use super::{Finding, Personal};
use crate::args::Via;
use crate::calendar::Moment;
use crate::commands::cert::{Validity, terms_of_certificates};
use crate::commands::info::layout_names;
use crate::context::Context;
use crate::device::{Attached, Token};
use crate::exit::{Code, Problem};
use crate::output::{hex, printable};
use kaztoken_core::pin::{Role, State};
use kaztoken_core::token::Identity;

/// Fewer tries than this are few.
const FEW: u8 = 3;
/// A certificate that ends within so many days is renewed now.
const SOON_DAYS: u64 = 30;
const DAY: u64 = 86_400;

pub(super) fn look(context: &Context, findings: &mut Vec<Finding>) {
    let attached = match context.attached() {
        Ok(attached) => attached,
        Err(problem) => return unreachable(&problem, findings),
    };
    let tokens = attached.iter().filter(|attached| attached.token.is_ok()).count();
    // A reader without a card is no fault beside a token that works.
    let empty = |attached: &Attached| {
        attached.via == Via::Pcsc
            && attached.token.as_ref().is_err_and(|problem| problem.code == Code::NoToken)
    };
    let attached = attached.into_iter().filter(|attached| tokens == 0 || !empty(attached));
    for Attached { name, place, token, .. } in attached {
        match token {
            Ok(mut token) => {
                if let Err(problem) = ask(&mut token, findings) {
                    findings.push(silent(&problem, &name, &place));
                }
            }
            Err(problem) => {
                // Why it cannot be opened was found out already.
                if !matches!(problem.code, Code::NoPermission | Code::Busy) {
                    findings.push(silent(&problem, &name, &place));
                }
            }
        }
    }
    if tokens > 1 {
        findings.push(Finding::warn("doctor-several").with("count", tokens));
    }
}

/// The way itself does not work. On USB that was told before.
fn unreachable(problem: &Problem, findings: &mut Vec<Finding>) {
    if findings.iter().all(|finding| finding.verdict != super::Verdict::Fail) {
        findings.push(Finding::fail("doctor-no-way", problem.code).with("text", printable(&problem.message)));
    }
}

fn silent(problem: &Problem, name: &str, place: &str) -> Finding {
    let id = match problem.code {
        Code::NoToken => "doctor-empty-reader",
        Code::Unsupported => "doctor-other-card",
        Code::Timeout | Code::Protocol => "doctor-mute",
        Code::Removed => "doctor-gone",
        _ => "doctor-cannot-open",
    };
    Finding::fail(id, problem.code)
        .with("name", printable(name))
        .with("place", printable(place))
        .with("text", printable(&problem.message))
}

fn ask(token: &mut Token, findings: &mut Vec<Finding>) -> Result<(), Problem> {
    let about = token.about.clone();
    findings.push(Finding::ok("doctor-answers").with("name", about.model).with("text", hex(&about.atr)));
    findings.push(Finding::ok("doctor-serial").with_personal(
        "text",
        about.serial.to_string(),
        Personal::Serial,
    ));
    let (identity, user, admin, terms) = token.connection.run(async |session| {
        let identity = session.identify().await?;
        let admin = session.pin_info(Role::Admin).await?.state;
        let user = session.pin_info(Role::User).await?.state;
        let terms = terms_of_certificates(session).await?;
        Ok((identity, user, admin, terms))
    })?;
    label(&identity, admin, findings);
    findings.extend(pin(user, ["doctor-user-pin", "doctor-user-pin-few", "doctor-user-pin-blocked"]));
    findings.extend(pin(admin, ["doctor-admin-pin", "doctor-admin-pin-few", "doctor-admin-pin-blocked"]));
    if let Some(bytes) = identity.free_memory {
        findings.push(Finding::ok("doctor-memory").with("count", bytes));
    }
    let layouts = layout_names(&identity.layouts);
    // OpenSC makes the vendor's folders, too; the objects of the vendor's middleware are others.
    let several = identity.layouts.opensc && identity.layouts.middleware;
    let finding = if several { Finding::warn("doctor-layouts") } else { Finding::ok("doctor-layout") };
    findings.push(finding.with("text", layouts.join(", ")));
    let now = super::clock::now();
    let (today, soon) = (Moment::from_unix(now).date(), Moment::from_unix(now + SOON_DAYS * DAY).date());
    for Validity { label, begin, end } in terms {
        let (id, day) = match (begin, end) {
            (_, Some(end)) if end < today => ("doctor-certificate-over", end),
            (_, Some(end)) if end < soon => ("doctor-certificate-ends", end),
            (Some(begin), _) if begin > today => ("doctor-certificate-begins", begin),
            _ => continue,
        };
        findings.push(
            Finding::warn(id).with_personal("name", printable(&label), Personal::Name).with("text", day),
        );
    }
    Ok(())
}

fn label(identity: &Identity, admin: State, findings: &mut Vec<Finding>) {
    findings.push(match &identity.label {
        _ if !identity.layouts.file_system || admin == State::Absent => Finding::warn("doctor-unformatted"),
        Some(label) => {
            Finding::ok("doctor-label").with_personal("text", printable(label.as_str()), Personal::Name)
        }
        None => Finding::ok("doctor-no-label"),
    });
}

fn pin(state: State, [fine, few, blocked]: [&'static str; 3]) -> Option<Finding> {
    Some(match state {
        State::NotVerified { tries } if tries <= FEW => Finding::warn(few).with("count", tries),
        State::NotVerified { tries } => Finding::ok(fine).with("count", tries),
        State::Blocked => Finding::warn(blocked),
        State::Absent | State::Verified | State::Unknown => return None,
    })
}
