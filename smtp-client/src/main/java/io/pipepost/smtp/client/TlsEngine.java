/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

/** The implementation of TLS. */
public enum TlsEngine {
    /** BoringSSL or OpenSSL if netty-tcnative is on the class path, else the JDK's. */
    AUTO,
    /** The JDK's. */
    JDK,
    /** BoringSSL or OpenSSL through netty-tcnative; building the client fails if that is not available. */
    OPENSSL
}
