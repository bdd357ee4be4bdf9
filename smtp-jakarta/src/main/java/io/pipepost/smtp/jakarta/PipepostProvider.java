/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import jakarta.mail.Provider;

/** Registers {@link PipepostTransport} as a service, of the module and of the class path. */
public final class PipepostProvider extends Provider {
    /** Creates the registration; Jakarta Mail does so. */
    public PipepostProvider() {
        super(Type.TRANSPORT, "pipepost", PipepostTransport.class.getName(), "Pipepost", null);
    }
}
