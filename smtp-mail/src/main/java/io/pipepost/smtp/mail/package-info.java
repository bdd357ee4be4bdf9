/**
 * What is sent and what became of it: the mail object of RFC 5321 section 2.3.1, an envelope and its content, and the
 * outcome for each recipient. Immutable values on the JDK alone; they may be shared between threads.
 */
@NullMarked
package io.pipepost.smtp.mail;

import org.jspecify.annotations.NullMarked;
