/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Signs messages with DomainKeys Identified Mail (RFC 6376, 8301, 8463): {@link io.pipepost.smtp.dkim.DkimKey} and
 * {@link io.pipepost.smtp.dkim.DkimSigner}. On the JDK's cryptography, or another provider's.
 */
@NullMarked
package io.pipepost.smtp.dkim;

import org.jspecify.annotations.NullMarked;
