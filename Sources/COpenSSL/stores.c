#include "stores.h"
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Java's key stores (JKS, version 1 and 2) and PKCS#12 files, for those who have what Java's clients have.

   JKS, all numbers big-endian: magic, version, count; per entry a tag (1 key, 2 certificate), alias, time; a key's
   PKCS#8 under Sun's own protection and its chain, or one certificate; SHA-1 over all at the end, which needs the
   password and is not looked at: what counts is whether the certificates are the right ones. */

enum { LARGEST = 16 << 20, SHA1_SIZE = 20, MAGIC = 0xFEEDFEED };

static const char DAMAGED[] = "it is damaged";
static const char WRONG_PASSWORD[] = "its password is wrong";
static const char NO_PASSWORD[] = "its password is not given";
static const char NO_KEY[] = "it holds no private key";
static const char NO_CERTIFICATE[] = "it holds no certificate to trust";

struct bytes {
    const unsigned char *at;
    size_t left;
};

static unsigned char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rbe");
    if (!file) return NULL;
    unsigned char *content = malloc(LARGEST);
    *size = content ? fread(content, 1, LARGEST, file) : 0;
    fclose(file);
    return content;
}

enum sluice_store_kind sluice_store_kind(const char *path) {
    unsigned char start[4] = {0};
    FILE *file = fopen(path, "rbe");
    size_t size = file ? fread(start, 1, sizeof start, file) : 0;
    if (file) fclose(file);
    if (size < sizeof start) return SLUICE_STORE_PEM;
    if (memcmp(start, "\xFE\xED\xFE\xED", 4) == 0) return SLUICE_STORE_JKS;
    if (memcmp(start, "\xCE\xCE\xCE\xCE", 4) == 0) return SLUICE_STORE_JCEKS;
    return start[0] == 0x30 && start[1] >= 0x80 ? SLUICE_STORE_PKCS12 : SLUICE_STORE_PEM;
}

/* Whether it could be used. */
static int trust(SSL_CTX *settings, X509 *certificate) {
    return certificate && X509_STORE_add_cert(SSL_CTX_get_cert_store(settings), certificate) == 1;
}

/* The parts of a JKS. */

static int number(struct bytes *bytes, int size, uint64_t *value) {
    if (bytes->left < (size_t)size) return 0;
    *value = 0;
    for (int i = 0; i < size; i++) *value = *value << 8 | bytes->at[i];
    bytes->at += size;
    bytes->left -= (size_t)size;
    return 1;
}

/* A length of so many bytes, and what it counts. */
static int counted(struct bytes *bytes, int size, struct bytes *part) {
    uint64_t length;
    if (!number(bytes, size, &length) || length > bytes->left) return 0;
    part->at = bytes->at;
    part->left = (size_t)length;
    bytes->at += length;
    bytes->left -= (size_t)length;
    return 1;
}

static int certificate_bytes(struct bytes *bytes, uint64_t version, struct bytes *part) {
    struct bytes type;
    return (version < 2 || counted(bytes, 2, &type)) && counted(bytes, 4, part);
}

static X509 *certificate_of(struct bytes part) {
    const unsigned char *at = part.at;
    return d2i_X509(NULL, &at, (long)part.left);
}

/* SHA-1 of the password in UTF-16 and what follows it. Only ASCII passwords: others open nothing. */
static int digest(const char *password, const unsigned char *rest, size_t size, unsigned char *out) {
    EVP_MD_CTX *state = EVP_MD_CTX_new();
    int done = state && EVP_DigestInit_ex(state, EVP_sha1(), NULL) == 1;
    for (const char *letter = password; done && *letter; letter++) {
        unsigned char wide[2] = {0, (unsigned char)*letter};
        done = EVP_DigestUpdate(state, wide, sizeof wide) == 1;
    }
    done = done && EVP_DigestUpdate(state, rest, size) == 1 && EVP_DigestFinal_ex(state, out, NULL) == 1;
    EVP_MD_CTX_free(state);
    return done;
}

static EVP_PKEY *plain_key(const unsigned char *plain, size_t size) {
    const unsigned char *at = plain;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)size);
    EVP_PKEY *key = info ? EVP_PKCS82PKEY(info) : NULL;
    PKCS8_PRIV_KEY_INFO_free(info);
    return key;
}

/* Sun's protection: salt, key XOR a chain of digests, digest of password and key. */
static EVP_PKEY *opened(const unsigned char *sealed, size_t size, const char *password, const char **why) {
    *why = DAMAGED;
    if (size <= 2 * SHA1_SIZE) return NULL;
    size_t length = size - 2 * SHA1_SIZE;
    unsigned char *plain = malloc(length);
    unsigned char chain[SHA1_SIZE], check[SHA1_SIZE];
    memcpy(chain, sealed, SHA1_SIZE);
    int done = plain != NULL;
    for (size_t i = 0; done && i < length; i++) {
        if (i % SHA1_SIZE == 0) done = digest(password, chain, SHA1_SIZE, chain);
        plain[i] = sealed[SHA1_SIZE + i] ^ chain[i % SHA1_SIZE];
    }
    EVP_PKEY *key = NULL;
    if (done && digest(password, plain, length, check)) {
        *why = WRONG_PASSWORD;
        if (memcmp(check, sealed + size - SHA1_SIZE, SHA1_SIZE) == 0) key = plain_key(plain, length);
    }
    if (plain) OPENSSL_cleanse(plain, length);
    free(plain);
    return key;
}

static EVP_PKEY *jks_key(struct bytes part, const char *password, const char **why) {
    *why = NO_PASSWORD;
    if (!password) return NULL;
    *why = DAMAGED;
    const unsigned char *at = part.at;
    X509_SIG *sealed = d2i_X509_SIG(NULL, &at, (long)part.left);
    if (!sealed) return NULL;
    const X509_ALGOR *algorithm;
    const ASN1_OCTET_STRING *content;
    X509_SIG_get0(sealed, &algorithm, &content);
    EVP_PKEY *key = opened(ASN1_STRING_get0_data(content), (size_t)ASN1_STRING_length(content), password, why);
    X509_SIG_free(sealed);
    return key;
}

/* A key entry of a JKS after its time: the key, and the certificates as they are in the file. */
static int key_entry(SSL_CTX *settings, struct bytes *bytes, uint64_t version, const char *password, int own,
                     const char **why) {
    struct bytes sealed, part;
    uint64_t count;
    *why = DAMAGED;
    if (!counted(bytes, 4, &sealed) || !number(bytes, 4, &count)) return 0;
    EVP_PKEY *key = own ? jks_key(sealed, password, why) : NULL;
    if (own && !key) return 0;
    int done = 1;
    for (uint64_t i = 0; done && i < count; i++) {
        *why = DAMAGED;
        X509 *certificate = certificate_bytes(bytes, version, &part) ? certificate_of(part) : NULL;
        done = certificate != NULL;
        *why = NULL;
        if (done && own && i == 0) done = SSL_CTX_use_certificate(settings, certificate) == 1;
        else if (done && own) done = SSL_CTX_add1_chain_cert(settings, certificate) == 1;
        else if (done && i == 0) done = trust(settings, certificate);
        if (!certificate) *why = DAMAGED;
        X509_free(certificate);
    }
    if (done && own) done = SSL_CTX_use_PrivateKey(settings, key) == 1;
    EVP_PKEY_free(key);
    return done;
}

static int load_jks(SSL_CTX *settings, struct bytes bytes, const char *password, int own, const char **why) {
    uint64_t magic, version, count, tag, time;
    struct bytes alias, part;
    *why = DAMAGED;
    if (!number(&bytes, 4, &magic) || !number(&bytes, 4, &version) || !number(&bytes, 4, &count)) return 0;
    if (magic != MAGIC || version < 1 || version > 2) return 0;
    int found = 0;
    for (uint64_t i = 0; i < count; i++) {
        *why = DAMAGED;
        if (!number(&bytes, 4, &tag) || !counted(&bytes, 2, &alias) || !number(&bytes, 8, &time)) return 0;
        if (tag == 1) {
            if (!key_entry(settings, &bytes, version, password, own, why)) return 0;
            if (own) return 1;
            found = 1;
            continue;
        }
        if (tag != 2 || !certificate_bytes(&bytes, version, &part)) return 0;
        if (own) continue;
        X509 *certificate = certificate_of(part);
        int done = trust(settings, certificate);
        X509_free(certificate);
        if (!done) return 0;
        found = 1;
    }
    *why = own ? NO_KEY : NO_CERTIFICATE;
    return found;
}

/* PKCS#12. */

static int take_pkcs12(SSL_CTX *settings, EVP_PKEY *key, X509 *certificate, STACK_OF(X509) * others, int own,
                       const char **why) {
    *why = own ? NO_KEY : NO_CERTIFICATE;
    if (own && (!key || !certificate)) return 0;
    if (!own && !certificate && sk_X509_num(others) <= 0) return 0;
    *why = NULL;
    int done = 1;
    if (certificate && own) done = SSL_CTX_use_certificate(settings, certificate) == 1;
    else if (certificate) done = trust(settings, certificate);
    for (int i = 0; done && i < sk_X509_num(others); i++) {
        X509 *other = sk_X509_value(others, i);
        done = own ? SSL_CTX_add1_chain_cert(settings, other) == 1 : trust(settings, other);
    }
    return done && (!own || SSL_CTX_use_PrivateKey(settings, key) == 1);
}

static int load_pkcs12(SSL_CTX *settings, struct bytes bytes, const char *password, int own, const char **why) {
    const unsigned char *at = bytes.at;
    PKCS12 *file = d2i_PKCS12(NULL, &at, (long)bytes.left);
    *why = DAMAGED;
    if (!file) return 0;
    *why = password ? WRONG_PASSWORD : NO_PASSWORD;
    int done = PKCS12_verify_mac(file, password, -1) == 1 || (!password && PKCS12_verify_mac(file, "", 0) == 1);
    if (done) {
        EVP_PKEY *key = NULL;
        X509 *certificate = NULL;
        STACK_OF(X509) *others = NULL;
        *why = NULL;
        done = PKCS12_parse(file, password ? password : "", &key, &certificate, &others) == 1
               && take_pkcs12(settings, key, certificate, others, own, why);
        EVP_PKEY_free(key);
        X509_free(certificate);
        sk_X509_pop_free(others, X509_free);
    }
    PKCS12_free(file);
    return done;
}

static int load_store(SSL_CTX *settings, const char *path, const char *password, int own, const char **why) {
    enum sluice_store_kind kind = sluice_store_kind(path);
    *why = "it is a Java key store of type JCEKS";
    if (kind == SLUICE_STORE_JCEKS) return 0;
    size_t size;
    unsigned char *content = read_file(path, &size);
    *why = "it cannot be read";
    if (!content) return 0;
    struct bytes bytes = {content, size};
    int done = kind == SLUICE_STORE_JKS ? load_jks(settings, bytes, password, own, why)
                                        : load_pkcs12(settings, bytes, password, own, why);
    OPENSSL_cleanse(content, size);
    free(content);
    return done;
}

int sluice_store_trust(SSL_CTX *settings, const char *path, const char *password, const char **why) {
    return load_store(settings, path, password, 0, why);
}

int sluice_store_own(SSL_CTX *settings, const char *path, const char *password, const char **why) {
    return load_store(settings, path, password, 1, why);
}
