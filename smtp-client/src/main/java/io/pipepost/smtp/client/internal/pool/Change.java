/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.pool;

import io.pipepost.smtp.client.internal.relay.Place;
import io.pipepost.smtp.client.internal.relay.RelayNews;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What follows from the end of an attempt, or of a session.
 *
 * @param news what the relay has shown of itself
 * @param connections of that relay, open or being opened
 * @param toOpen sessions to be opened
 * @param toRetire a session to be ended for another's sake
 * @param hopeless transactions that fail
 */
record Change(
        RelayNews.News news,
        int connections,
        List<Place> toOpen,
        @Nullable Place toRetire,
        List<Transaction> hopeless) {}
