/** The life of one connection. */
@NullMarked
package io.pipepost.smtp.client.internal.session;

import org.jspecify.annotations.NullMarked;
