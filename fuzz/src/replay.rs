//! The committed inputs through every target.

use std::fs;
use std::path::Path;

/// Files in `kind/target`.
fn inputs(kind: &str, target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(kind).join(target);
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    files.iter().map(|file| (file.display().to_string(), fs::read(file).expect("a readable file"))).collect()
}

#[test]
fn every_committed_input_passes() {
    for (target, body) in crate::TARGETS {
        let inputs = [inputs("corpus", target), inputs("regressions", target)].concat();
        assert!(!inputs.is_empty(), "no input for {target}");
        println!("{target}: {} inputs", inputs.len());
        for (file, bytes) in inputs {
            println!("{file}");
            body(&bytes);
        }
    }
}

/// The corpus of the public key infrastructure, when its form has changed: `cargo test -- --ignored`.
#[test]
#[ignore = "it writes the committed corpus"]
fn write_the_seeds() {
    for (target, name, octets) in crate::pki::seeds() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(name), octets).expect("a written seed");
    }
}
