/* Parses and verifies a certificate again and again with OpenSSL and its GOST engine: the peer of `examples/certificates.rs`.
 *
 * usage: openssl-certificates CERTIFICATE ISSUER MILLISECONDS
 * Prints nanoseconds of processor time for one certificate. Status 3: OpenSSL cannot do it.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/engine.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long read_file(const char *path, unsigned char *to, long most) {
    FILE *file = fopen(path, "rb");
    long len = file ? (long)fread(to, 1, (size_t)most, file) : -1;
    if (file)
        fclose(file);
    return len;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(int argc, char **argv) {
    static unsigned char der[65536], issuer_der[65536];
    if (argc != 4)
        return 2;
    ENGINE_load_builtin_engines();
    ENGINE *engine = ENGINE_by_id("gost");
    if (engine && ENGINE_init(engine))
        ENGINE_set_default(engine, ENGINE_METHOD_ALL);
    long len = read_file(argv[1], der, sizeof der), issuer_len = read_file(argv[2], issuer_der, sizeof issuer_der);
    const unsigned char *from = issuer_der;
    X509 *issuer = len > 0 && issuer_len > 0 ? d2i_X509(NULL, &from, issuer_len) : NULL;
    EVP_PKEY *key = issuer ? X509_get0_pubkey(issuer) : NULL;
    if (!key)
        return 3;
    double end = now() + atof(argv[3]) * 1e6, begin = now();
    long count = 0;
    while (now() < end || count < 3) {
        for (int i = 0; i < 4; i++, count++) {
            from = der;
            X509 *certificate = d2i_X509(NULL, &from, len);
            /* The certificate's own key is read too, as ours does it. */
            if (!certificate || !X509_get0_pubkey(certificate) || X509_verify(certificate, key) != 1)
                return 3;
            X509_free(certificate);
        }
    }
    printf("%.0f\n", (now() - begin) / (double)count);
    return 0;
}
