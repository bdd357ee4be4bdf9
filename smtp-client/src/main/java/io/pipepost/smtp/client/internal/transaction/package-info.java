/** One attempt at one mail transaction: what is sent, what is known, and what comes of it. */
@NullMarked
package io.pipepost.smtp.client.internal.transaction;

import org.jspecify.annotations.NullMarked;
