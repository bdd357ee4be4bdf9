/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import jakarta.mail.Provider;

/** Registers {@link PipepostSslTransport} as a service, of the module and of the class path. */
public final class PipepostSslProvider extends Provider {
    /** Creates the registration; Jakarta Mail does so. */
    public PipepostSslProvider() {
        super(Type.TRANSPORT, "pipeposts", PipepostSslTransport.class.getName(), "Pipepost", null);
    }
}
