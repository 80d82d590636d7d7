//! Object identifiers of Kazakhstan's infrastructure. Which are seen in real certificates and which are only named by public
//! sources is said at each group.

use der::asn1::ObjectIdentifier;

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub const $name: ObjectIdentifier = ObjectIdentifier::new_unwrap($text);)*
    };
}

identifiers! {
    /// Extension of the national centre: the kind of store in which the key was made.
    KEY_STORE_TYPE = "1.2.398.3.3.5";
    /// A PKCS#12 file. Seen in every GOST 2015 user certificate.
    STORE_PKCS12 = "1.2.398.3.3.5.1.1";
    /// A Java key store.
    STORE_JKS = "1.2.398.3.3.5.1.2";
    /// The identity card.
    STORE_ID_CARD = "1.2.398.3.3.5.2.1";
    /// A KAZTOKEN. Named in middleware, not yet seen in a certificate.
    STORE_KAZTOKEN = "1.2.398.3.3.5.2.2";
    /// eToken Java.
    STORE_ETOKEN_JAVA = "1.2.398.3.3.5.2.3";
    /// eToken 5110.
    STORE_ETOKEN_5110 = "1.2.398.3.3.5.2.4";
    /// JaCarta.
    STORE_JACARTA = "1.2.398.3.3.5.2.5";
    /// AKEY.
    STORE_AKEY = "1.2.398.3.3.5.2.6";
    /// A cloud service.
    STORE_CLOUD = "1.2.398.3.3.5.3.1";

    /// Extended key usage: an individual.
    ROLE_INDIVIDUAL = "1.2.398.3.3.4.1.1";
    /// A legal entity.
    ROLE_LEGAL_ENTITY = "1.2.398.3.3.4.1.2";
    /// Its head.
    ROLE_HEAD = "1.2.398.3.3.4.1.2.1";
    /// With the right to sign.
    ROLE_SIGNATORY = "1.2.398.3.3.4.1.2.2";
    /// With the right to sign financial documents.
    ROLE_FINANCIAL_SIGNATORY = "1.2.398.3.3.4.1.2.3";
    /// Of the personnel department.
    ROLE_HR = "1.2.398.3.3.4.1.2.4";
    /// An employee.
    ROLE_EMPLOYEE = "1.2.398.3.3.4.1.2.5";
    /// Seen in a key of 2026 of an information system; its name was not found.
    ROLE_UNNAMED_6 = "1.2.398.3.3.4.1.2.6";
    /// Administrator of the centre.
    ROLE_CENTRE_ADMINISTRATOR = "1.2.398.3.3.4.2.1";
    /// Manager of the centre.
    ROLE_CENTRE_MANAGER = "1.2.398.3.3.4.2.2";
    /// Operator of the centre.
    ROLE_CENTRE_OPERATOR = "1.2.398.3.3.4.2.3";
    /// Identification.
    ROLE_IDENTIFICATION = "1.2.398.3.3.4.3";
    /// Identification by consent.
    ROLE_IDENTIFICATION_CONSENT = "1.2.398.3.3.4.3.1";
    /// Identification from afar.
    ROLE_IDENTIFICATION_REMOTE = "1.2.398.3.3.4.3.2";
    /// Identification from afar, digital identifier.
    ROLE_IDENTIFICATION_REMOTE_DIGITAL = "1.2.398.3.3.4.3.2.1";
    /// Client of the treasury.
    ROLE_TREASURY_CLIENT = "1.2.398.5.19.1.2.2.1";

    /// Policy of the root.
    POLICY_ROOT = "1.2.398.3.1.2";
    /// Policy of the national centre's authorities of 2018.
    POLICY_CENTRE_2018 = "1.2.398.3.3.1.1";
    /// Policy of the national centre of 2022, and of all its GOST 2015 users.
    POLICY_CENTRE_2022 = "1.2.398.3.3.2";
    /// Older policies of users: legal entity, GOST, signing.
    POLICY_LEGAL_SIGNING = "1.2.398.3.3.2.1";
    /// Legal entity, RSA, entering.
    POLICY_LEGAL_ENTRY = "1.2.398.3.3.2.2";
    /// Individual, RSA, signing.
    POLICY_INDIVIDUAL_SIGNING = "1.2.398.3.3.2.3";
    /// Individual, RSA, entering.
    POLICY_INDIVIDUAL_ENTRY = "1.2.398.3.3.2.4";
    /// Policy of the time stamp authority's certificate.
    POLICY_TIME_STAMPS = "1.2.398.3.3.2.6";
    /// Policy of a time stamp, by which its authority chooses the key: GOST 34.310-2004.
    POLICY_STAMP_GOST_2004 = "1.2.398.3.3.2.6.1";
    /// RSA with SHA-256.
    POLICY_STAMP_RSA = "1.2.398.3.3.2.6.2";
    /// GOST 34.310-2004 by Gamma's identifiers; named in client software only.
    POLICY_STAMP_GAMMA = "1.2.398.3.3.2.6.3";
    /// ST RK GOST R 34.10-2015, 512 bits.
    POLICY_STAMP_GOST_2015 = "1.2.398.3.3.2.6.4";

    /// Extended key usage: TLS client, here for entering.
    CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
    /// Extended key usage: e-mail, here for signing.
    EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4";
    /// Extended key usage: time stamps.
    TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
    /// Extended key usage: OCSP responses.
    OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";

    /// subjectKeyIdentifier.
    SUBJECT_KEY_ID = "2.5.29.14";
    /// keyUsage.
    KEY_USAGE = "2.5.29.15";
    /// basicConstraints.
    BASIC_CONSTRAINTS = "2.5.29.19";
    /// cRLDistributionPoints.
    CRL_DISTRIBUTION_POINTS = "2.5.29.31";
    /// certificatePolicies.
    CERTIFICATE_POLICIES = "2.5.29.32";
    /// authorityKeyIdentifier.
    AUTHORITY_KEY_ID = "2.5.29.35";
    /// extKeyUsage.
    EXT_KEY_USAGE = "2.5.29.37";
    /// freshestCRL.
    FRESHEST_CRL = "2.5.29.46";
    /// authorityInfoAccess.
    AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1";
}
