/* OpenSSL with the GOST engine. "keygen" draws a random key first, as the engine has no other way to d G.
 * That and "sign" draw from OpenSSL's own generator.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "protocol.h"

#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

/* The engine's name of the set is also OpenSSL's `paramset`. */
const struct subject peer_curves[] = {
    {"CryptoPro-A", 32, "A"},
    {"CryptoPro-B", 32, "B"},
    {"CryptoPro-C", 32, "C"},
    {"tc26-256-A", 32, "TCA"},
    {"tc26-512-A", 64, "A"},
    {"tc26-512-B", 64, "B"},
    {"tc26-512-C", 64, "C"},
    {NULL, 0, NULL},
};

const struct subject peer_hashes[] = {
    {"Streebog-256", 32, "md_gost12_256"},
    {"Streebog-512", 64, "md_gost12_512"},
    {"GOST94-CryptoPro", 32, "md_gost94"},
    {NULL, 0, NULL},
};

static ENGINE *engine;
static const struct subject *curve;
static EVP_PKEY *key;
static EVP_PKEY_CTX *generator, *signer, *verifier, *agreement;
static uint8_t digest[64], made[128], checked[128];
static const EVP_MD *hash;
static EVP_MD_CTX *hashing;

/* Contents octets of the parameter sets' object identifiers. */
static const struct {
    const char *name;
    const char *identifier;
} identifiers[] = {
    {"CryptoPro-A", "1.2.643.2.2.35.1"},
    {"CryptoPro-B", "1.2.643.2.2.35.2"},
    {"CryptoPro-C", "1.2.643.2.2.35.3"},
    {"tc26-256-A", "1.2.643.7.1.2.1.1.1"},
    {"tc26-512-A", "1.2.643.7.1.2.1.2.1"},
    {"tc26-512-B", "1.2.643.7.1.2.1.2.2"},
    {"tc26-512-C", "1.2.643.7.1.2.1.2.3"},
};

const char *peer_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}

void peer_start(void)
{
    OPENSSL_init_crypto(OPENSSL_INIT_ENGINE_DYNAMIC | OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    engine = ENGINE_by_id("gost");
    if (!engine || !ENGINE_init(engine))
        die("OpenSSL has no engine `gost`");
    ENGINE_set_default(engine, ENGINE_METHOD_ALL);
    hashing = EVP_MD_CTX_new();
}

static void must(int done, const char *what)
{
    if (done <= 0) {
        ERR_print_errors_fp(stderr);
        die(what);
    }
}

/* The algorithm with the set's identifier as its parameters, as it stands in a PKCS #8 key. */
static ASN1_STRING *parameters(const char *name)
{
    const char *identifier = NULL;
    for (size_t i = 0; i < sizeof identifiers / sizeof identifiers[0]; i++)
        if (strcmp(identifiers[i].name, name) == 0)
            identifier = identifiers[i].identifier;
    ASN1_OBJECT *object = identifier ? OBJ_txt2obj(identifier, 1) : NULL;
    must(object != NULL, "no identifier for the curve");
    uint8_t body[32], *end = body;
    int length = i2d_ASN1_OBJECT(object, &end);
    uint8_t sequence[34] = {0x30, (uint8_t)length};
    memcpy(sequence + 2, body, (size_t)length);
    ASN1_OBJECT_free(object);
    ASN1_STRING *string = ASN1_STRING_new();
    must(ASN1_STRING_set(string, sequence, length + 2), "no memory");
    return string;
}

static void context(EVP_PKEY_CTX **place, EVP_PKEY *with, int (*start)(EVP_PKEY_CTX *))
{
    EVP_PKEY_CTX_free(*place);
    *place = EVP_PKEY_CTX_new(with, engine);
    must(*place != NULL && start(*place) > 0, "the engine takes no such key");
}

void peer_use_key(const struct subject *wanted, const uint8_t *d, const uint8_t *octets)
{
    int algorithm = wanted->octets == 32 ? NID_id_GostR3410_2012_256 : NID_id_GostR3410_2012_512;
    uint8_t *reversed = OPENSSL_malloc(wanted->octets);
    PKCS8_PRIV_KEY_INFO *info = PKCS8_PRIV_KEY_INFO_new();
    curve = wanted;
    for (size_t i = 0; i < curve->octets; i++)
        reversed[i] = d[curve->octets - 1 - i];
    must(PKCS8_pkey_set0(info, OBJ_nid2obj(algorithm), 0, V_ASN1_SEQUENCE, parameters(curve->name), reversed,
                         (int)curve->octets),
         "no PKCS #8 key");
    EVP_PKEY_free(key);
    key = EVP_PKCS82PKEY(info);
    must(key != NULL, "the engine takes no such PKCS #8 key");
    PKCS8_PRIV_KEY_INFO_free(info);

    EVP_PKEY_CTX_free(generator);
    generator = EVP_PKEY_CTX_new_id(algorithm, engine);
    must(generator != NULL && EVP_PKEY_keygen_init(generator) > 0, "the engine makes no keys");
    must(EVP_PKEY_CTX_ctrl_str(generator, "paramset", curve->native), "the engine has no such set");
    context(&signer, key, EVP_PKEY_sign_init);
    context(&verifier, key, EVP_PKEY_verify_init);
    context(&agreement, key, EVP_PKEY_derive_init);
    must(EVP_PKEY_derive_set_peer(agreement, key), "the engine takes no such peer");
    memcpy(digest, octets, curve->octets);
    must(peer_sign(), "signing failed");
    memcpy(checked, made, sizeof checked);
}

void peer_public_key(uint8_t *x, uint8_t *y)
{
    uint8_t *encoded = NULL;
    int length = i2d_PUBKEY(key, &encoded);
    must(length, "no public key");
    /* It ends with x and y, the lowest octet first. */
    for (size_t i = 0; i < curve->octets; i++) {
        y[i] = encoded[length - 1 - (int)i];
        x[i] = encoded[length - 1 - (int)i - (int)curve->octets];
    }
    OPENSSL_free(encoded);
}

/* The engine's signatures are s, r. */
void peer_set_signature(const uint8_t *r, const uint8_t *s)
{
    memcpy(checked, s, curve->octets);
    memcpy(checked + curve->octets, r, curve->octets);
}

void peer_last_signature(uint8_t *r, uint8_t *s)
{
    memcpy(s, made, curve->octets);
    memcpy(r, made + curve->octets, curve->octets);
}

int peer_keygen(void)
{
    EVP_PKEY *fresh = NULL;
    int ok = EVP_PKEY_keygen(generator, &fresh) > 0;
    EVP_PKEY_free(fresh);
    return ok;
}

int peer_sign(void)
{
    size_t length = sizeof made;
    return EVP_PKEY_sign(signer, made, &length, digest, curve->octets) > 0;
}

int peer_verify(void)
{
    return EVP_PKEY_verify(verifier, checked, 2 * curve->octets, digest, curve->octets) > 0;
}

const int peer_has_agreement = 1;

int peer_agree(const uint8_t *ukm, size_t length, uint8_t *secret)
{
    size_t octets = 32;
    return EVP_PKEY_CTX_ctrl(agreement, -1, -1, EVP_PKEY_CTRL_SET_IV, (int)length, (void *)ukm) > 0
           && EVP_PKEY_derive(agreement, secret, &octets) > 0 && octets == 32;
}

void peer_use_hash(const struct subject *wanted)
{
    hash = ENGINE_get_digest(engine, OBJ_sn2nid(wanted->native));
    must(hash != NULL, "the engine has no such hash function");
}

void peer_hash(const uint8_t *message, size_t length, uint8_t *out)
{
    must(EVP_DigestInit_ex(hashing, hash, engine), "hashing failed");
    must(EVP_DigestUpdate(hashing, message, length), "hashing failed");
    must(EVP_DigestFinal_ex(hashing, out, NULL), "hashing failed");
}
