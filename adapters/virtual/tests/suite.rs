//! The virtual token from outside: one test program, one module a subject.

mod suite {
    mod common;
    mod format;
    mod host;
    mod keys;
    mod links;
    mod pins;
    mod properties;
    mod sockets;
    mod stores;
}
