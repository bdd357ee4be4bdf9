/**
 * The dialogue on one connection. Everything here is confined to the connection's event loop unless a class says
 * otherwise.
 */
@NullMarked
package io.pipepost.smtp.client.internal.session;

import org.jspecify.annotations.NullMarked;
