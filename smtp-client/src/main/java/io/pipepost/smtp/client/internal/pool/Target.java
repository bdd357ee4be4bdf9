/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.internal.transport.SessionConnector;

/**
 * A relay and what opens its sessions.
 *
 * @param relay the relay
 * @param connector opens sessions
 */
public record Target(Relay relay, SessionConnector connector) {}
