//! T=0 (ISO/IEC 7816-3, clause 12).
