//! Protocol and parameters selection (ISO/IEC 7816-3, clause 9).
