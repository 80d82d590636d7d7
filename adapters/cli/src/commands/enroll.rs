//! `enroll`: from the bank's initial key to a certificate on the token, continued wherever it was cut off.

mod authority;
mod file;
mod initial;
mod token;

use super::token_json;
use crate::args::{Enroll, EnrolledKey, Holds, Policy, Role as CertificateRole};
use crate::context::{Context, ask, check_new_pin};
use crate::device::Token;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{Report, fields, note, printable};
use crate::pin_source::PinSource;
use crate::progress::Progress;
use crate::said::Said as _;
use crate::said::pki::advice;
use crate::trust::{load, now};
pub(super) use authority::random;
use authority::{Authority, Exchange, Outcome, converse, question};
use file::JournalFile;
use initial::Initial;
use kaztoken_core::pin::{Pin, Role};
use kaztoken_core::token::{Algorithm, CryptoProSet, Serial};
use kaztoken_pki::chain::Material;
use kaztoken_pki::cmp::client::{Draft, Transaction};
use kaztoken_pki::enrolment::{Decisions, Event, Journal, Mark, Next, Step, TokenView, may_begin, next};
use kaztoken_pki::request::{Template, prepare, prepare_by_template};
use kaztoken_pki::{Certificate, Decode as _, Name, ObjectIdentifier, PublicKey, oid, text};
use serde_json::{Value, json};
use std::time::Duration;
pub(super) use token::{kazakh, sign as sign_on_token, store as store_on_token};

/// Format is forbidden while an enrolment is unfinished or finished: it would destroy the key and the certificate.
pub(super) fn refuse_while_enrolled(serial: Serial) -> Result<()> {
    let Some(journal) = file::known(serial)? else { return Ok(()) };
    let message =
        if journal.is_finished() { say!("enroll-format-finished") } else { say!("enroll-format-unfinished") };
    Err(Problem::new(Code::Refused, message).and(&say!("enroll-format-give-up")))
}

pub(super) fn enroll(context: &Context, options: &Enroll) -> Result<Report> {
    context.refuse_dry_run(&say!("enroll-no-dry-run"))?;
    let mut token = context.token()?;
    let serial = token.about.serial;
    if options.status {
        return Ok(told(&token, file::known(serial)?.as_ref()));
    }
    if options.give_up {
        return give_up(context, &token);
    }
    let mut view = token::view(&mut token)?;
    let opened = JournalFile::open(serial)?;
    let continued = opened.is_some();
    let mut run = match opened {
        Some(file) => Run { context, options, token, file, initial: None, pin: None },
        None => begin(context, options, token, &view)?,
    };
    if continued && !run.file.journal.is_finished() {
        note(&say!("enroll-continued", name = run.file.journal.decisions().user.as_str()));
    }
    loop {
        let step = next(&run.file.journal, &view)
            .map_err(|error| Problem::new(Code::Refused, error.said()).and(&say!("enroll-see-status")))?;
        if step == Next::Done {
            return Ok(told(&run.token, Some(&run.file.journal)));
        }
        run.carry_out(step, &mut view)?;
    }
}

/// Asks what is not given, checks everything that can be checked, shows it, and begins.
fn begin<'c>(
    context: &'c Context,
    options: &'c Enroll,
    mut token: Token,
    view: &TokenView,
) -> Result<Run<'c>> {
    may_begin(view)
        .map_err(|error| Problem::new(Code::Refused, error.said()).and(&say!("enroll-empty-first")))?;
    let missing = |name: &str| Problem::new(Code::Usage, say!("enroll-missing", name = name));
    let authority = options.authority.clone().ok_or_else(|| missing("--authority"))?;
    let way = Authority::parse(&authority)?;
    if matches!(way, Authority::Cmp(_)) && options.trust.is_empty() {
        return Err(Problem::new(Code::Usage, say!("pki-nothing-trusted")).and(&say!("pki-give-trust")));
    }
    material(options)?;
    if let Some(label) = &options.label {
        super::format::label(Some(label))?;
    }
    let user = match &options.user {
        Some(user) => user.trim().to_owned(),
        None => ask(&say!("enroll-user"))?.unwrap_or_default(),
    };
    let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '@');
    if !(1..=64).contains(&user.len()) || !user.chars().all(sound) {
        return Err(Problem::new(Code::Usage, say!("enroll-user-wrong")));
    }
    let initial = open_initial(context, options)?;
    let certificate = initial.certificate().ok_or_else(|| missing("--initial"))?;
    let (from, until) = certificate.validity();
    let subject = certificate.subject().clone();
    let moment = crate::said::pki::moment;
    if now() < from {
        return Err(Problem::new(Code::Data, say!("enroll-initial-not-yet", time = moment(from))));
    }
    if now() > until {
        return Err(Problem::new(Code::Data, say!("enroll-initial-expired", time = moment(until))));
    }
    let name = printable(&subject.to_string());
    let rows = [
        (say!("status-token"), format!("{} {}", token.about.model, token.about.serial)),
        (
            say!("status-label"),
            options.label.clone().or_else(|| view.label.clone()).unwrap_or_else(|| say!("no-label")),
        ),
        (say!("pki-subject"), name),
        (say!("enroll-user-name"), user.clone()),
        (say!("pki-key"), kind(options.alg).said()),
        (say!("enroll-authority"), authority.clone()),
    ];
    note(&fields(&rows));
    context.confirm(&say!("enroll-question"))?;
    let limits = token::limits(&mut token)?;
    let new = context.new_pin(Role::User, limits, Policy::Bank)?;
    let decisions = Decisions {
        token: token.about.serial.0,
        user,
        label: options.label.clone(),
        algorithm: word(options.alg).to_owned(),
        authority,
        subject: kaztoken_pki::Encode::to_der(&subject).unwrap_or_default(),
        role: role(options.role).to_string(),
        initial_key: initial.fingerprint(),
    };
    let file = JournalFile::begin(token.about.serial, decisions)?;
    Ok(Run { context, options, token, file, initial: Some(initial), pin: Some(new) })
}

fn open_initial(context: &Context, options: &Enroll) -> Result<Initial> {
    let path = options.initial.as_deref();
    let path = path.ok_or_else(|| Problem::new(Code::Usage, say!("enroll-missing", name = "--initial")))?;
    let source = match &options.dsn_source {
        Some(text) => text
            .parse()
            .map_err(|error: String| Problem::new(Code::Usage, error).while_doing("--dsn-source"))?,
        None => PinSource::Prompt,
    };
    Initial::open(context, path, &source)
}

fn material(options: &Enroll) -> Result<Material> {
    Ok(Material {
        anchors: load(&options.trust, Certificate::from_der)?,
        intermediates: load(&options.chain, Certificate::from_der)?,
        ..Material::default()
    })
}

const fn kind(key: EnrolledKey) -> Algorithm {
    match key {
        EnrolledKey::Gost256 => Algorithm::Gost256(CryptoProSet::A),
        EnrolledKey::Gost512 => Algorithm::Gost512,
        EnrolledKey::Rsa2048 => Algorithm::Rsa { bits: 2048 },
    }
}

const fn word(key: EnrolledKey) -> &'static str {
    match key {
        EnrolledKey::Gost256 => "gost2004",
        EnrolledKey::Gost512 => "gost2015",
        EnrolledKey::Rsa2048 => "rsa2048",
    }
}

fn algorithm(word: &str) -> Result<Algorithm> {
    match word {
        "gost2004" => Ok(kind(EnrolledKey::Gost256)),
        "gost2015" => Ok(kind(EnrolledKey::Gost512)),
        "rsa2048" => Ok(kind(EnrolledKey::Rsa2048)),
        _ => Err(Problem::new(Code::Data, say!("enroll-journal-later"))),
    }
}

const fn role(role: CertificateRole) -> ObjectIdentifier {
    match role {
        CertificateRole::Individual => oid::ROLE_INDIVIDUAL,
        CertificateRole::Head => oid::ROLE_HEAD,
        CertificateRole::Signatory => oid::ROLE_SIGNATORY,
        CertificateRole::Financial => oid::ROLE_FINANCIAL_SIGNATORY,
        CertificateRole::Hr => oid::ROLE_HR,
        CertificateRole::Employee => oid::ROLE_EMPLOYEE,
    }
}

/// An enrolment under way.
struct Run<'c> {
    context: &'c Context,
    options: &'c Enroll,
    token: Token,
    file: JournalFile,
    initial: Option<Initial>,
    /// The new password, once it was typed.
    pin: Option<Pin>,
}

impl Run<'_> {
    /// Does one step, writes it down before and after, and takes into the view what changed.
    fn carry_out(&mut self, step: Next, view: &mut TokenView) -> Result<()> {
        match step {
            Next::SetPassword => self.set_password(),
            Next::AskPassword => self.ask_password(),
            Next::SetLabel(label) => {
                self.file.add(Event::Will(Step::Label))?;
                token::set_label(&mut self.token, &label)?;
                self.file.add(Event::Did(Step::Label))
            }
            Next::GenerateKey(left) => {
                let (pin, last_try) = (self.pin()?, self.context.last_try());
                let user = self.file.journal.decisions().user.clone();
                let kind = algorithm(&self.file.journal.decisions().algorithm)?;
                self.file.add(Event::Will(Step::Key))?;
                let progress = Progress::start(
                    &say!("key-generating", name = kind.said()),
                    self.context.global.progress,
                );
                let made = token::generate(&mut self.token, &pin, last_try, kind, &left, &user);
                drop(progress);
                let (number, public) = made.map_err(|problem| problem.and(&say!("enroll-again")))?;
                self.file.add(Event::DidKey(number, public.to_spki()))?;
                *view = token::view(&mut self.token)?;
                Ok(())
            }
            Next::AdoptKey(number, public) => {
                let (pin, last_try) = (self.pin()?, self.context.last_try());
                let user = self.file.journal.decisions().user.clone();
                token::adopt(&mut self.token, &pin, last_try, number, &user)?;
                self.file.add(Event::DidKey(number, public))
            }
            Next::SignRequest(number, public) => self.sign_request(number, &public),
            Next::Send => self.send(),
            Next::StoreCertificate(der) => {
                let certificate =
                    Certificate::from_der(&der).map_err(|error| Problem::new(Code::Data, error.said()))?;
                self.judge(&certificate)?;
                let (pin, last_try) = (self.pin()?, self.context.last_try());
                let (number, _) = self.file.journal.key().unwrap_or_default();
                let user = self.file.journal.decisions().user.clone();
                self.file.add(Event::Will(Step::Store))?;
                let progress = Progress::start(&say!("cert-storing"), self.context.global.progress);
                token::store(&mut self.token, &pin, last_try, number, &der, &user)?;
                drop(progress);
                self.file.add(Event::Did(Step::Store))?;
                view.certificates.push(der);
                Ok(())
            }
            Next::Finish => self.file.add(Event::Did(Step::Finish)),
            _ => Ok(()),
        }
    }

    /// The password that holds now, asked for once.
    fn pin(&mut self) -> Result<Pin> {
        let pin = match self.pin.take() {
            Some(pin) => pin,
            None => self.context.changed_pin(&mut self.token)?,
        };
        let again = Pin::new(pin.as_bytes())?;
        self.pin = Some(pin);
        Ok(again)
    }

    fn set_password(&mut self) -> Result<()> {
        let limits = token::limits(&mut self.token)?;
        let new = match self.pin.take() {
            Some(pin) => pin,
            None => self.context.new_pin(Role::User, limits, Policy::Bank)?,
        };
        check_new_pin(&new, Role::User, limits, Policy::Bank)?;
        let old = self.context.pin(&mut self.token, Role::User)?;
        let last_try = self.context.last_try();
        // A wrong password is told before anything is begun: then the old one holds for sure.
        token::check_password(&mut self.token, &old, last_try)?;
        self.file.add(Event::Will(Step::Password))?;
        token::change_password(&mut self.token, &old, &new, limits, last_try)
            .map_err(|problem| problem.and(&say!("enroll-again")))?;
        self.file.add(Event::Did(Step::Password))?;
        self.pin = Some(new);
        Ok(())
    }

    /// Only a login tells the old password from the new one, and a wrong one costs a try: the person decides.
    fn ask_password(&mut self) -> Result<()> {
        note(&say!("enroll-password-unknown"));
        let holds = match self.options.password_holds {
            Some(holds) => holds,
            None => match ask(&say!("enroll-password-question"))?.as_deref() {
                Some(answer) if answer == say!("enroll-password-new") => Holds::New,
                Some(answer) if answer == say!("enroll-password-old") => Holds::Old,
                _ => return Err(Problem::new(Code::Usage, say!("enroll-password-holds"))),
            },
        };
        match holds {
            Holds::New => {
                let pin = self.context.changed_pin(&mut self.token)?;
                token::check_password(&mut self.token, &pin, self.context.last_try())?;
                self.pin = Some(pin);
                self.file.add(Event::Did(Step::Password))
            }
            Holds::Old => self.set_password(),
        }
    }

    fn initial(&mut self) -> Result<&Initial> {
        if self.initial.is_none() {
            let initial = open_initial(self.context, self.options)?;
            if initial.fingerprint() != self.file.journal.decisions().initial_key {
                return Err(Problem::new(Code::Data, say!("enroll-initial-other")));
            }
            self.initial = Some(initial);
        }
        self.initial.as_ref().ok_or_else(|| Problem::new(Code::Failed, say!("enroll-journal-later")))
    }

    fn subject(&self) -> Result<Name> {
        let later = |_| Problem::new(Code::Data, say!("enroll-journal-later"));
        Name::from_der(&self.file.journal.decisions().subject).map_err(later)
    }

    fn sign_request(&mut self, number: u8, public: &[u8]) -> Result<()> {
        let key = PublicKey::from_spki(public).map_err(|error| Problem::new(Code::Data, error.said()))?;
        let later = || Problem::new(Code::Data, say!("enroll-journal-later"));
        let subject = self.subject()?;
        let role: ObjectIdentifier =
            self.file.journal.decisions().role.parse().map_err(|_: kaztoken_pki::OidFault| later())?;
        let extensions = Template::signing(role, oid::STORE_KAZTOKEN).extensions().map_err(|_| later())?;
        let way = Authority::parse(&self.file.journal.decisions().authority)?;
        let (pin, last_try) = (self.pin()?, self.context.last_try());
        self.file.add(Event::Will(Step::Request))?;
        let progress = Progress::start(&say!("signing"), self.context.global.progress);
        let bad = |error: String| Problem::new(Code::Data, error).while_doing(&say!("sign-does-not-fit"));
        let token = &mut self.token;
        let mut sign =
            |algorithm, digest: &[u8]| token::sign(token, &pin, last_try, number, algorithm, digest);
        let request = match way {
            Authority::Cmp(_) => {
                let draft = Draft::new(&subject, &key, &extensions).map_err(|error| bad(error.said()))?;
                let signature = sign(draft.algorithm(), draft.digest())?;
                draft.finish(&signature).map_err(|error| bad(error.said()))?
            }
            Authority::Files(_) | Authority::Kisc(..) => {
                let draft = match way {
                    Authority::Kisc(template, _) => prepare_by_template(&subject, &key, &template),
                    _ => prepare(&subject, &key, &extensions),
                };
                let draft = draft.map_err(|error| bad(error.said()))?;
                let signature = sign(draft.algorithm(), draft.digest())?;
                draft.finish(&signature).map_err(|error| bad(error.said()))?
            }
        };
        drop(progress);
        self.file.add(Event::DidRequest(request))
    }

    fn send(&mut self) -> Result<()> {
        let request = self.file.journal.request().unwrap_or_default().to_vec();
        let serial = self.file.journal.decisions().token;
        let certificate = match Authority::parse(&self.file.journal.decisions().authority)? {
            Authority::Files(folder) => {
                let exchange = Exchange::of(&folder, serial, "p10");
                self.file.add(Event::Will(Step::Send))?;
                match exchange.certificate()? {
                    Some(certificate) => certificate.der().to_vec(),
                    None => {
                        exchange.put(text::label::CERTIFICATE_REQUEST, &request)?;
                        return Err(exchange.waits());
                    }
                }
            }
            Authority::Kisc(_, folder) => {
                let exchange = Exchange::of(&folder, serial, "p7");
                self.file.add(Event::Will(Step::Send))?;
                match exchange.certificate()? {
                    Some(certificate) => certificate.der().to_vec(),
                    None => {
                        let wrapped = self.initial()?.wrap(&request)?;
                        exchange.put(text::label::CMS, &wrapped)?;
                        note(&say!("enroll-kisc"));
                        return Err(exchange.waits());
                    }
                }
            }
            Authority::Cmp(url) => self.converse(&url, request)?,
        };
        let read =
            Certificate::from_der(&certificate).map_err(|error| Problem::new(Code::Data, error.said()))?;
        self.judge(&read)?;
        self.file.add(Event::DidSend(certificate))
    }

    fn converse(&mut self, url: &kaztoken_pki::cmp::http::Url, request: Vec<u8>) -> Result<Vec<u8>> {
        self.initial()?;
        let (material, subject) = (material(self.options)?, self.subject()?);
        let damaged = |_| Problem::new(Code::Data, say!("enroll-journal-later"));
        self.file.add(Event::Will(Step::Send))?;
        let wait = Duration::from_secs(u64::from(self.options.wait));
        // A transaction that the authority has forgotten is begun anew, once.
        for _ in 0..2 {
            let mut transaction = match self.file.journal.transaction() {
                Some(saved) => Transaction::from_der(saved).map_err(damaged)?,
                None => Transaction::begin(request.clone(), random()?),
            };
            let progress = Progress::start(&say!("enroll-waiting"), self.context.global.progress);
            let (file, initial) = (&mut self.file, self.initial.as_ref());
            let Some(initial) = initial else { break };
            let outcome =
                converse(url, &mut transaction, &subject, initial, &material, wait, |transaction| {
                    file.add(Event::Transaction(transaction.to_der()))
                });
            drop(progress);
            match outcome? {
                Outcome::Certificate(der) => return Ok(der),
                Outcome::Waiting => {
                    return Err(Problem::new(Code::Timeout, say!("enroll-authority-waits"))
                        .and(&say!("enroll-again")));
                }
                Outcome::Forgotten => self.file.add(Event::NoTransaction)?,
                Outcome::Failed(problem) => {
                    self.file.add(Event::NoTransaction)?;
                    return Err(problem);
                }
            }
        }
        Err(Problem::new(Code::Data, say!("enroll-authority-forgets")).and(&say!("enroll-again")))
    }

    /// The certificate must be for the key on the token, and from an authority that is trusted where any is named.
    fn judge(&self, certificate: &Certificate) -> Result<()> {
        let (_, public) = self.file.journal.key().unwrap_or_default();
        if certificate.public_key_info() != public {
            return Err(
                Problem::new(Code::Data, say!("enroll-other-key")).and(&say!("enroll-other-key-advice"))
            );
        }
        if self.options.trust.is_empty() {
            note(&say!("enroll-not-judged"));
            return Ok(());
        }
        let judged = material(self.options)?.verify(certificate, &question());
        judged.map(|_| ()).map_err(|error| {
            let whose = printable(&error.certificate.subject().to_string());
            let problem =
                Problem::new(Code::Data, say!("pki-not-good", name = whose, text = error.problem.said()));
            advice(&error.problem).into_iter().fold(problem, |problem, advice| problem.and(&advice))
        })
    }
}

fn give_up(context: &Context, token: &Token) -> Result<Report> {
    let Some(mut file) = JournalFile::open(token.about.serial)? else {
        return Err(Problem::new(Code::Failed, say!("enroll-none")));
    };
    context.confirm(&say!("enroll-give-up-question"))?;
    file.add(Event::GiveUp)?;
    let mut report = told(token, Some(&file.journal));
    report.text = say!("enroll-given-up");
    Ok(report)
}

/// How far it is.
fn told(token: &Token, journal: Option<&Journal>) -> Report {
    let Some(journal) = journal else {
        let json = json!({ "token": token_json(token), "state": "none", "steps": {}, "user": null, "certificate": null });
        return Report::new(say!("enroll-none"), json);
    };
    let state = match journal {
        journal if journal.is_given_up() => "given-up",
        journal if journal.is_finished() => "finished",
        _ => "unfinished",
    };
    let steps = [
        (Step::Password, say!("enroll-step-password")),
        (Step::Label, say!("enroll-step-label")),
        (Step::Key, say!("enroll-step-key")),
        (Step::Request, say!("enroll-step-request")),
        (Step::Send, say!("enroll-step-send")),
        (Step::Store, say!("enroll-step-store")),
    ];
    let mark = |step| match journal.mark(step) {
        Mark::Open if step == Step::Label && journal.decisions().label.is_none() => {
            ("not-needed", say!("enroll-not-needed"))
        }
        Mark::Open => ("open", say!("enroll-open")),
        Mark::Begun => ("begun", say!("enroll-begun")),
        Mark::Done => ("done", say!("enroll-done")),
    };
    let mut rows = vec![
        (say!("status-token"), format!("{} {}", token.about.model, token.about.serial)),
        (say!("enroll-user-name"), printable(&journal.decisions().user)),
    ];
    rows.extend(steps.iter().map(|(step, name)| (name.clone(), mark(*step).1)));
    let certificate = journal.certificate().and_then(|der| Certificate::from_der(der).ok());
    if let Some(certificate) = &certificate {
        rows.push((say!("pki-certificate-title"), printable(&certificate.subject().to_string())));
        rows.push((say!("pki-until"), crate::said::pki::moment(certificate.validity().1)));
    }
    let marks: serde_json::Map<String, Value> =
        steps.iter().map(|(step, _)| (step.name().to_owned(), json!(mark(*step).0))).collect();
    let json = json!({
        "token": token_json(token),
        "state": state,
        "user": journal.decisions().user,
        "steps": marks,
        "certificate": certificate.map(|certificate| json!({
            "subject": printable(&certificate.subject().to_string()),
            "not_after": certificate.validity().1.to_string(),
        })),
    });
    let text = match state {
        "finished" => format!("{}\n{}", fields(&rows), say!("enroll-finished")),
        _ => fields(&rows),
    };
    Report::new(text, json)
}
