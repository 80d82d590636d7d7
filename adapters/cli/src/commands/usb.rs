//! `usb describe`: the descriptors of smart card readers, field by field.

mod class;
mod input;

use crate::args::{UsbCommand, Via};
use crate::context::Context;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{Report, printable};
use crate::said::{Said, word};
use input::Source;
use kaztoken_core::Millis;
use kaztoken_core::ccid::{ClassDescriptor, ClassRequest, Quirks, Slot, SupportedValues};
use kaztoken_core::drive::BulkPipe;
use kaztoken_usb::{Candidate, EndpointDescriptor, Error, InterfaceDescriptor, Usb};
use serde_json::{Value, json};

/// How long a reader may take for a class request.
const PATIENCE: Millis = Millis(1_000);
/// No reader lists more clocks or rates: bNumDataRatesSupported is one byte.
const LIST_LEN: usize = 4 * 256;
/// Holds any message of up to 65536 bytes of data.
const LONGEST_MESSAGE: usize = 10 + 65_544;

pub(super) fn usb(context: &Context, command: &UsbCommand) -> Result<Report> {
    let UsbCommand::Describe { file } = command;
    let (text, json) = match file {
        Some(file) => descriptions(&from_file(input::read(file)?)),
        None => descriptions(&attached(context)?),
    };
    Ok(Report::new(text, json!({ "readers": json })))
}

/// The descriptors of everything that is attached, for people and for programs.
pub(super) fn attached_descriptions(context: &Context) -> Result<(String, Value)> {
    Ok(descriptions(&attached(context)?))
}

fn descriptions(readers: &[Reader]) -> (String, Value) {
    let text: Vec<_> = readers.iter().map(Reader::text).collect();
    (text.join("\n\n"), readers.iter().map(Reader::json).collect())
}

/// One setting of one smart card interface, and what is known around it.
struct Reader {
    /// Ids, name and place in one line; `None`: from a file without them.
    name: Option<String>,
    ids: Option<(u16, u16, u16)>,
    /// `None`: only the class descriptor is known.
    interface: Option<InterfaceDescriptor>,
    class: Result<ClassDescriptor, String>,
    verdict: Result<String, String>,
    lists: Lists,
}

/// The answers to the class requests, or why there are none.
enum Lists {
    NotAsked(String),
    Asked { clocks: Option<Vec<u32>>, rates: Option<Vec<u32>> },
}

fn from_file(source: Source) -> Vec<Reader> {
    let why = || Lists::NotAsked(say!("describe-file-answers-nothing"));
    match source {
        Source::Class(extra) => {
            let verdict = ClassDescriptor::parse(&extra).map_err(|error| error.said());
            vec![Reader {
                name: None,
                ids: None,
                interface: None,
                class: ClassDescriptor::read(&extra).map_err(|error| error.said()),
                // The endpoints are not known: full speed.
                verdict: verdict.and_then(|class| drivable(&class, 64)),
                lists: why(),
            }]
        }
        Source::Interfaces { ids, interfaces } => {
            interfaces.into_iter().map(|interface| reader(None, ids, interface, why())).collect()
        }
    }
}

fn attached(context: &Context) -> Result<Vec<Reader>> {
    if context.global.via()? != Via::Usb {
        return Err(Problem::new(Code::Usage, say!("describe-only")));
    }
    let candidates = Usb::new()?.discover()?;
    let readers: Vec<_> = candidates.iter().flat_map(describe).collect();
    if readers.is_empty() { Err(Error::NothingThere.into()) } else { Ok(readers) }
}

fn describe(candidate: &Candidate) -> Vec<Reader> {
    let ids = Some((candidate.vendor_id, candidate.product_id, candidate.release));
    let name = || Some(printable(&candidate.to_string()));
    if candidate.settings.is_empty() {
        let reason = candidate.interface.as_ref().err().map_or_else(String::new, Said::said);
        let lists = Lists::NotAsked(reason.clone());
        let (class, verdict) = (Err(reason.clone()), Err(reason));
        return vec![Reader { name: name(), ids, interface: None, class, verdict, lists }];
    }
    candidate.settings.iter().map(|setting| reader(name(), ids, setting.clone(), ask(candidate))).collect()
}

/// Needs the interface, so it is not asked of a reader that somebody else has.
fn ask(candidate: &Candidate) -> Lists {
    let mut pipe = match candidate.open() {
        Ok(pipe) => pipe,
        Err(error) => return Lists::NotAsked(error.said()),
    };
    let mut values = |request| {
        let mut answer = [0; LIST_LEN];
        let len = pipe.class_request(request, &mut answer, PATIENCE).ok()??;
        Some(SupportedValues::new(answer.get(..len)?).collect())
    };
    let clocks = values(ClassRequest::GetClockFrequencies);
    Lists::Asked { clocks, rates: values(ClassRequest::GetDataRates) }
}

fn reader(
    name: Option<String>,
    ids: Option<(u16, u16, u16)>,
    interface: InterfaceDescriptor,
    lists: Lists,
) -> Reader {
    let class = interface.class_descriptor().map_err(|error| error.said());
    let verdict = interface.usable().map_err(|error| error.said());
    let verdict = verdict.and_then(|usable| drivable(&usable.class, usable.packet_size));
    Reader { name, ids, interface: Some(interface), class, verdict, lists }
}

/// At which level it is driven. The machine that would do it is asked, so that this is the truth.
fn drivable(class: &ClassDescriptor, packet_size: u16) -> Result<String, String> {
    if !class.supports(0) && !class.supports(1) {
        return Err(say!("describe-neither-protocol", got = format!("{:08X}", class.protocols)));
    }
    let slot = Slot::open(vec![0; LONGEST_MESSAGE], class, packet_size);
    slot.map_err(|error| error.said())?;
    let level = class.exchange_level().map(|level| level.said()).unwrap_or_default();
    Ok(say!("describe-at-level", level = level))
}

impl Reader {
    fn quirks(&self) -> Quirks {
        self.ids.map_or(Quirks::NONE, |(vendor, product, _)| Quirks::of(vendor, product))
    }

    fn text(&self) -> String {
        let mut lines = Vec::new();
        lines.push(self.name.clone().unwrap_or_else(|| match self.ids {
            Some((vendor, product, _)) => format!("{vendor:04X}:{product:04X}"),
            None => say!("describe-unknown-reader"),
        }));
        let mut put =
            |name: &str, value: &str| lines.push(format!("  {name:<22} {value}").trim_end().to_owned());
        if let Some((vendor, product, release)) = self.ids {
            put("idVendor", &format!("{vendor:04X}"));
            put("idProduct", &format!("{product:04X}"));
            put("bcdDevice", &class::bcd(release));
        }
        if let Some(interface) = &self.interface {
            put("bInterfaceNumber", &interface.number.to_string());
            put("bAlternateSetting", &interface.setting.to_string());
            put("bInterfaceClass", &format!("{:02X}  {}", interface.class, class_meaning(interface)));
            put("bInterfaceSubClass", &format!("{:02X}", interface.subclass));
            let meaning = protocol_meaning(interface.protocol);
            put("bInterfaceProtocol", &format!("{:02X}  {meaning}", interface.protocol));
            for endpoint in &interface.endpoints {
                put(
                    &say!("describe-endpoint", address = format!("{:02X}", endpoint.address)),
                    &endpoint_meaning(endpoint),
                );
            }
        }
        match &self.class {
            Ok(class) => {
                for field in class::fields(class) {
                    put(field.name, &field.value);
                    field.meanings.iter().for_each(|meaning| put("", &format!("  {meaning}")));
                }
            }
            Err(error) => put(&say!("describe-class-descriptor"), error),
        }
        match &self.lists {
            Lists::NotAsked(why) => {
                put(&say!("describe-clocks-rates"), &say!("describe-not-asked", text = why.as_str()));
            }
            Lists::Asked { clocks, rates } => {
                put(
                    &say!("describe-clocks"),
                    &list(clocks.as_deref(), |text| say!("describe-unit-khz", text = text)),
                );
                put(
                    &say!("describe-rates"),
                    &list(rates.as_deref(), |text| say!("describe-unit-bps", text = text)),
                );
            }
        }
        let quirks: Vec<_> = self.quirks().names().map(word).collect();
        let quirks = if quirks.is_empty() { say!("describe-no-quirks") } else { quirks.join(", ") };
        put(&say!("describe-quirks"), &quirks);
        match &self.verdict {
            Ok(how) => put(&say!("describe-driven"), &say!("describe-driven-yes", text = how.as_str())),
            Err(why) => put(&say!("describe-driven"), &say!("describe-driven-no", text = why.as_str())),
        }
        lines.join("\n")
    }

    fn json(&self) -> Value {
        let mut json = json!({ "name": self.name });
        if let Some((vendor, product, release)) = self.ids {
            json["idVendor"] = json!(vendor);
            json["idProduct"] = json!(product);
            json["bcdDevice"] = json!(release);
        }
        if let Some(interface) = &self.interface {
            let endpoint = |endpoint: &EndpointDescriptor| {
                json!({
                    "address": endpoint.address,
                    "type": endpoint.transfer_type(),
                    "packet_size": endpoint.packet_size(),
                })
            };
            json["interface"] = json!({
                "bInterfaceNumber": interface.number,
                "bAlternateSetting": interface.setting,
                "bInterfaceClass": interface.class,
                "bInterfaceSubClass": interface.subclass,
                "bInterfaceProtocol": interface.protocol,
                "endpoints": interface.endpoints.iter().map(endpoint).collect::<Vec<_>>(),
            });
        }
        match &self.class {
            Ok(class) => json["class"] = class::json(class),
            Err(error) => json["class_error"] = json!(error),
        }
        match &self.lists {
            Lists::NotAsked(why) => json["lists_not_asked"] = json!(why),
            Lists::Asked { clocks, rates } => {
                json["clock_frequencies_khz"] = json!(clocks);
                json["data_rates_bps"] = json!(rates);
            }
        }
        json["quirks"] = self.quirks().names().collect();
        json["usable"] = json!(self.verdict.is_ok());
        match &self.verdict {
            Ok(how) => json["how"] = json!(how),
            Err(why) => json["reason"] = json!(why),
        }
        json
    }
}

fn class_meaning(interface: &InterfaceDescriptor) -> String {
    match interface.class {
        0x0B => say!("describe-class-ccid"),
        0xFF => say!("describe-class-vendor"),
        _ => say!("describe-class-other"),
    }
}

fn protocol_meaning(protocol: u8) -> String {
    match protocol {
        0 => say!("describe-protocol-ccid"),
        1 => say!("describe-protocol-iccd-a"),
        2 => say!("describe-protocol-iccd-b"),
        _ => say!("describe-protocol-unknown"),
    }
}

fn endpoint_meaning(endpoint: &EndpointDescriptor) -> String {
    let direction = if endpoint.is_in() { "IN" } else { "OUT" };
    let (kind, count) = (word(endpoint.transfer_type()), endpoint.packet_size());
    say!("describe-endpoint-meaning", kind = kind, direction = direction, count = count)
}

fn list(values: Option<&[u32]>, with_unit: impl Fn(String) -> String) -> String {
    match values {
        None => say!("describe-no-answer"),
        Some([]) => say!("describe-empty-answer"),
        Some(values) => {
            let values: Vec<_> = values.iter().map(u32::to_string).collect();
            with_unit(values.join(", "))
        }
    }
}
