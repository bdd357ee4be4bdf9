/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import jakarta.mail.Provider;

/** Registers {@link PipepostSslTransport} as a service, which is what is left where many jars are packed into one. */
public final class PipepostSslProvider extends Provider {
    /** Creates the registration; Jakarta Mail does so. */
    public PipepostSslProvider() {
        super(Type.TRANSPORT, "pipeposts", PipepostSslTransport.class.getName(), "Pipepost", null);
    }
}
