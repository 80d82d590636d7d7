//! BER made DER (X.690).
