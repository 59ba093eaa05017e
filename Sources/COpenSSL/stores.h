#ifndef SLUICE_STORES_H
#define SLUICE_STORES_H

#include <openssl/ssl.h>

/* What a file of certificates or keys is, by its first bytes. */
enum sluice_store_kind { SLUICE_STORE_PEM, SLUICE_STORE_JKS, SLUICE_STORE_JCEKS, SLUICE_STORE_PKCS12 };

enum sluice_store_kind sluice_store_kind(const char *path);

/* Trusts the certificates of a Java key store or PKCS#12 file. 0: *why says why not, or it is NULL and OpenSSL's
   errors say it. */
int sluice_store_trust(SSL_CTX *settings, const char *path, const char *password, const char **why);

/* Takes its first key with the certificates for it. */
int sluice_store_own(SSL_CTX *settings, const char *path, const char *password, const char **why);

#endif
