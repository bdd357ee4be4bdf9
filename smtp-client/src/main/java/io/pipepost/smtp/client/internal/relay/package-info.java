/** Relays: their order, health, back-off and limits; the places that sessions have at them, and what a host has shown. */
@NullMarked
package io.pipepost.smtp.client.internal.relay;

import org.jspecify.annotations.NullMarked;
