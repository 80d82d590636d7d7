// Botan 2: CryptoPro-A and tc26-512-A. "keygen" makes the private key's object of a given d, that is d G,
// blinded; that and "sign" draw from Botan's own generator.
#include "protocol.h"

#include <botan/auto_rng.h>
#include <botan/ec_group.h>
#include <botan/gost_3410.h>
#include <botan/hash.h>
#include <botan/pubkey.h>
#include <botan/version.h>

#include <algorithm>
#include <memory>

const struct subject peer_curves[] = {
    {"CryptoPro-A", 32, "gost_256A"},
    {"tc26-512-A", 64, "gost_512A"},
    {nullptr, 0, nullptr},
};

const struct subject peer_hashes[] = {
    {"Streebog-256", 32, "Streebog-256"},
    {"Streebog-512", 64, "Streebog-512"},
    {"GOST94-CryptoPro", 32, "GOST-R-34.11-94"},
    {nullptr, 0, nullptr},
};

namespace {

struct Current {
    const subject *curve;
    Botan::EC_Group group;
    Botan::BigInt d;
    Botan::GOST_3410_PrivateKey key;
    Botan::PK_Signer signer;
    Botan::PK_Verifier verifier;
    std::vector<uint8_t> digest, made, checked;

    Current(const subject *curve, const uint8_t *d, const uint8_t *digest, Botan::RandomNumberGenerator &rng)
        : curve(curve), group(curve->native), d(d, curve->octets), key(rng, group, this->d),
          signer(key, rng, "Raw"), verifier(key, "Raw"), digest(digest, digest + curve->octets)
    {
    }
};

std::unique_ptr<Botan::AutoSeeded_RNG> rng;
std::unique_ptr<Current> current;
std::unique_ptr<Botan::HashFunction> hashing;

} // namespace

const char *peer_version(void)
{
    return Botan::short_version_cstr();
}

void peer_start(void)
{
    rng = std::make_unique<Botan::AutoSeeded_RNG>();
}

void peer_use_key(const struct subject *curve, const uint8_t *d, const uint8_t *digest)
{
    current = std::make_unique<Current>(curve, d, digest, *rng);
    peer_sign();
    current->checked = current->made;
}

void peer_public_key(uint8_t *x, uint8_t *y)
{
    const Botan::PointGFp &point = current->key.public_point();
    Botan::BigInt::encode_1363(x, current->curve->octets, point.get_affine_x());
    Botan::BigInt::encode_1363(y, current->curve->octets, point.get_affine_y());
}

// Botan's signatures are s, r.
void peer_set_signature(const uint8_t *r, const uint8_t *s)
{
    current->checked.assign(s, s + current->curve->octets);
    current->checked.insert(current->checked.end(), r, r + current->curve->octets);
}

void peer_last_signature(uint8_t *r, uint8_t *s)
{
    std::copy_n(current->made.begin(), current->curve->octets, s);
    std::copy_n(current->made.begin() + static_cast<long>(current->curve->octets), current->curve->octets, r);
}

int peer_keygen(void)
{
    Botan::GOST_3410_PrivateKey fresh(*rng, current->group, current->d);
    return 1;
}

int peer_sign(void)
{
    current->made = current->signer.sign_message(current->digest, *rng);
    return 1;
}

int peer_verify(void)
{
    return current->verifier.verify_message(current->digest, current->checked);
}

const int peer_has_agreement = 0;

int peer_agree(const uint8_t *ukm, size_t length, uint8_t *secret)
{
    (void)ukm, (void)length, (void)secret;
    return 0;
}

void peer_use_hash(const struct subject *hash)
{
    hashing = Botan::HashFunction::create_or_throw(hash->native);
}

void peer_hash(const uint8_t *message, size_t length, uint8_t *digest)
{
    hashing->update(message, length);
    hashing->final(digest);
}
