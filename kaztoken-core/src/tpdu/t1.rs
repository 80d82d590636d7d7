//! T=1 (ISO/IEC 7816-3, clause 11).
