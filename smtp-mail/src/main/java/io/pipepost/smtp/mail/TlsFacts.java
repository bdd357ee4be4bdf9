/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail;

/**
 * The TLS under which a session runs.
 *
 * @param protocol for example {@code TLSv1.3}
 * @param cipherSuite the cipher suite's name
 * @param verified whether the server's certificate chain and name were checked and found good
 */
public record TlsFacts(String protocol, String cipherSuite, boolean verified) {}
