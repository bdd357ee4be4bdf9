/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

/**
 * The pool at one moment.
 *
 * @param connecting connections being opened
 * @param idle sessions without work
 * @param busy sessions at work, those that are closing included
 * @param queued messages waiting for a session
 */
public record PoolStats(int connecting, int idle, int busy, int queued) {}
