/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import jakarta.mail.Provider;

/** Registers {@link PipepostTransport} as a service, which is what is left where many jars are packed into one. */
public final class PipepostProvider extends Provider {
    /** Creates the registration; Jakarta Mail does so. */
    public PipepostProvider() {
        super(Type.TRANSPORT, "pipepost", PipepostTransport.class.getName(), "Pipepost", null);
    }
}
