/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail;

/**
 * The TLS under which a session runs.
 *
 * @param protocol for example {@code TLSv1.3}
 * @param cipherSuite the cipher suite's name
 * @param verified whether the server's certificate chain and name were checked and found good. With a context of the caller's
 *     own ({@code Security.context}) it is that context's trust manager which takes the chain, and nobody here knows whether
 *     it takes any; the name was checked
 */
public record TlsFacts(String protocol, String cipherSuite, boolean verified) {}
