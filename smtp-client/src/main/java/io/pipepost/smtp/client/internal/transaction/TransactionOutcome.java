/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.protocol.Reply;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The end of a transaction.
 *
 * @param recipients one result for each recipient, in order
 * @param finalReply the reply to the end of the data, if one came
 * @param failure what the transaction as a whole failed of; null if anybody was accepted
 * @param session the session that carried it, if any
 * @param startedAt when a session took it, by {@link System#nanoTime}; when it was given up, if none did
 */
public record TransactionOutcome(
        List<RecipientResult> recipients,
        @Nullable Reply finalReply,
        @Nullable Failure failure,
        @Nullable SessionInfo session,
        long startedAt) {}
