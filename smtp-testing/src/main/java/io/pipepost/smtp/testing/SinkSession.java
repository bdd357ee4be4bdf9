/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslContext;
import io.pipepost.smtp.codec.CommandDecoder;
import io.pipepost.smtp.codec.CommandLine;
import io.pipepost.smtp.codec.ContentEnd;
import io.pipepost.smtp.codec.LineFault;
import io.pipepost.smtp.codec.SaslResponse;
import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.protocol.Verb;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The dialogue on one connection; last in the pipeline, confined to its event loop. */
final class SinkSession extends ChannelInboundHandlerAdapter {
    private static final Logger LOGGER = LoggerFactory.getLogger(SinkSession.class);

    private static final Reply OK = Reply.of(250, "2.0.0 Ok");
    private static final Reply QUEUED = Reply.of(250, "2.0.0 Ok: queued");
    private static final Reply BYE = Reply.of(221, "2.0.0 Bye");
    private static final Reply GO_AHEAD = Reply.of(220, "2.0.0 Ready to start TLS");
    private static final Reply NOT_VERIFIED = Reply.of(252, "2.5.2 Cannot verify, will take the message");
    private static final Reply UNKNOWN = Reply.of(500, "5.5.2 Command not recognized");
    private static final Reply NOT_IMPLEMENTED = Reply.of(502, "5.5.1 Command not implemented");
    private static final Reply SYNTAX = Reply.of(501, "5.5.4 Syntax error in the argument");
    private static final Reply OUT_OF_SEQUENCE = Reply.of(503, "5.5.1 Bad sequence of commands");
    private static final Reply NEED_TLS = Reply.of(530, "5.7.0 Must issue a STARTTLS command first");
    private static final Reply NEED_AUTH = Reply.of(530, "5.7.0 Authentication required");
    private static final Reply NO_MORE_MESSAGES = Reply.of(421, "4.7.0 Too many messages on this connection");
    private static final Reply NOT_STORED = Reply.of(451, "4.3.0 Message not stored");

    private final SinkConfig config;
    private final SinkStore store;
    private final SinkCounters counters;
    private final CommandDecoder decoder;
    private final SinkTransaction transaction;
    private long number;
    private boolean greeted;
    private boolean tls;
    private boolean leaving;
    private int messages;
    private @Nullable String user;
    private @Nullable SaslExchange sasl;
    private @Nullable Chunk chunk;

    /** The chunk that is being read, and why it is refused, if it is. */
    private record Chunk(
            String argument, boolean last, @Nullable Reply refusal) {}

    SinkSession(SinkConfig config, SinkStore store, CommandDecoder decoder) {
        this.config = config;
        this.store = store;
        this.counters = store.counters();
        this.decoder = decoder;
        this.transaction = new SinkTransaction(config);
        this.tls = config.implicitTls();
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        number = counters.connected();
        if (config.dropAfter() == Phase.GREETING) {
            drop(ctx);
            return;
        }
        Reply ruled = config.rule(Phase.GREETING, "");
        write(ctx, ruled != null ? ruled : Reply.of(220, config.name() + " ESMTP"));
        ctx.flush();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        counters.disconnected();
        transaction.reset();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.flush();
    }

    /** Who sends commands and never reads replies is read no further. */
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        ctx.channel().config().setAutoRead(ctx.channel().isWritable());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOGGER.debug("Session {} ends", number, cause);
        ctx.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof ByteBuf piece) {
            transaction.append(piece);
        } else if (msg instanceof CommandLine command) {
            onCommand(ctx, command);
        } else if (msg instanceof ContentEnd end) {
            onContentEnd(ctx, end);
        } else if (msg instanceof SaslResponse response) {
            onSaslReply(ctx, Objects.requireNonNull(sasl).next(response.text()));
        } else if (msg instanceof LineFault fault) {
            sasl = null;
            write(ctx, Reply.of(500, "5.5.2 Line not accepted: " + fault));
        }
    }

    private void onCommand(ChannelHandlerContext ctx, CommandLine command) {
        Verb verb = command.verb();
        counters.command(verb);
        if (verb == null) {
            write(ctx, UNKNOWN);
        } else if (isHidden(verb)) {
            write(ctx, NOT_IMPLEMENTED);
        } else if (verb == Verb.BDAT) {
            onBdat(ctx, command.argument());
        } else if (config.dropAfter() == Phase.of(verb)) {
            drop(ctx);
        } else {
            onCommand(ctx, verb, command.argument());
        }
    }

    private boolean isHidden(Verb verb) {
        return !config.offers(verb == Verb.BDAT ? "CHUNKING" : verb.name());
    }

    private void onCommand(ChannelHandlerContext ctx, Verb verb, String argument) {
        Reply ruled = config.rule(Phase.of(verb), argument);
        Reply refusal = ruled != null && ruled.isNegative() ? ruled : null;
        if (verb == Verb.RCPT) {
            onRcpt(ctx, argument, ruled, refusal);
            return;
        }
        Reply own = refusal != null ? refusal : carryOut(verb, argument);
        Reply reply = ruled != null && !own.isNegative() ? ruled : own;
        switch (own.code()) {
            case 220 -> startTls(ctx, reply);
            case 221 -> leave(ctx, reply);
            case 334 -> onSaslReply(ctx, own);
            case 235 -> onSaslReply(ctx, reply);
            case 354 -> {
                decoder.awaitContent();
                write(ctx, reply);
            }
            default -> write(ctx, reply);
        }
    }

    private void onRcpt(ChannelHandlerContext ctx, String argument, @Nullable Reply ruled, @Nullable Reply refusal) {
        Reply own = policyFault(Verb.RCPT);
        if (own == null) {
            own = transaction.rcpt(argument, refusal);
        }
        counters.recipient(own.isPositive());
        write(ctx, ruled != null && own.isPositive() ? ruled : own);
    }

    private Reply carryOut(Verb verb, String argument) {
        Reply fault = policyFault(verb);
        if (fault != null) {
            return fault;
        }
        return switch (verb) {
            case EHLO, HELO -> hello(verb, argument);
            case STARTTLS -> startTlsReply(argument);
            case AUTH -> auth(argument);
            case MAIL -> mail(argument);
            case DATA -> argument.isEmpty() ? transaction.data() : SYNTAX;
            case RSET -> reset(argument);
            case NOOP -> OK;
            case VRFY -> argument.isEmpty() ? SYNTAX : NOT_VERIFIED;
            case HELP -> Reply.of(214, "2.0.0 See RFC 5321");
            case QUIT -> argument.isEmpty() ? BYE : SYNTAX;
            default -> NOT_IMPLEMENTED;
        };
    }

    /** What stands in the way of a command before it is looked at. */
    private @Nullable Reply policyFault(Verb verb) {
        switch (verb) {
            case EHLO, HELO, STARTTLS, NOOP, RSET, QUIT, HELP -> {
                return null;
            }
            default -> {
                if (config.requireTls() && !tls) {
                    return NEED_TLS;
                }
                if (!greeted && verb != Verb.VRFY) {
                    return OUT_OF_SEQUENCE;
                }
                return config.requireAuth() && user == null && verb != Verb.AUTH ? NEED_AUTH : null;
            }
        }
    }

    private Reply hello(Verb verb, String argument) {
        if (argument.isEmpty()) {
            return SYNTAX;
        }
        transaction.reset();
        greeted = true;
        return verb == Verb.HELO ? Reply.of(250, config.name()) : EhloReply.of(config, tls);
    }

    private Reply startTlsReply(String argument) {
        if (!config.startTls()) {
            return NOT_IMPLEMENTED;
        }
        if (tls || transaction.isOpen()) {
            return OUT_OF_SEQUENCE;
        }
        return argument.isEmpty() ? GO_AHEAD : SYNTAX;
    }

    /** RFC 3207 section 6: what stands behind STARTTLS in the clear is dropped, and what was said before is forgotten. */
    private void startTls(ChannelHandlerContext ctx, Reply goAhead) {
        decoder.discardInput();
        ctx.channel().config().setAutoRead(false);
        // In a task of its own: the read that held STARTTLS has to be over before commands are taken again.
        ctx.writeAndFlush(goAhead).addListener(written -> ctx.executor().execute(() -> installTls(ctx)));
    }

    private void installTls(ChannelHandlerContext ctx) {
        SslContext context = Objects.requireNonNull(config.sslContext());
        ctx.pipeline().addFirst(context.newHandler(ctx.alloc()));
        tls = true;
        greeted = false;
        user = null;
        transaction.reset();
        decoder.awaitCommand();
        ctx.channel().config().setAutoRead(true);
    }

    private Reply auth(String argument) {
        List<String> mechanisms = config.account().mechanisms();
        if (mechanisms.isEmpty()) {
            return NOT_IMPLEMENTED;
        }
        if (user != null || transaction.isOpen()) {
            return OUT_OF_SEQUENCE;
        }
        String[] parts = argument.split(" ", -1);
        String mechanism = parts[0].toUpperCase(Locale.ROOT);
        if (mechanism.isEmpty() || parts.length > 2) {
            return SYNTAX;
        }
        if (!mechanisms.contains(mechanism)) {
            return Reply.of(504, "5.5.4 Mechanism not supported");
        }
        sasl = new SaslExchange(config.account(), mechanism, config.name());
        return sasl.start(parts.length == 1 ? null : parts[1]);
    }

    private void onSaslReply(ChannelHandlerContext ctx, Reply reply) {
        if (reply.isIntermediate()) {
            decoder.awaitResponse();
        } else {
            user = Objects.requireNonNull(sasl).user();
            sasl = null;
        }
        write(ctx, reply);
    }

    private Reply mail(String argument) {
        return messages < config.messagesPerConnection() ? transaction.mail(argument) : NO_MORE_MESSAGES;
    }

    private Reply reset(String argument) {
        if (!argument.isEmpty()) {
            return SYNTAX;
        }
        transaction.reset();
        return OK;
    }

    /** The octets of a chunk come whatever the reply will be, so the reply has to wait for them. */
    private void onBdat(ChannelHandlerContext ctx, String argument) {
        String[] parts = argument.split(" ", -1);
        long length = chunkLength(parts);
        if (length < 0) {
            write(ctx, SYNTAX);
            return;
        }
        Reply fault = policyFault(Verb.BDAT);
        chunk = new Chunk(argument, parts.length == 2, fault != null ? fault : transaction.bdat());
        decoder.awaitChunk(length);
    }

    private static long chunkLength(String[] parts) {
        boolean isLast = parts.length == 2 && parts[1].equalsIgnoreCase("LAST");
        if ((parts.length > 1 && !isLast) || parts[0].startsWith("+")) {
            return -1;
        }
        try {
            return Long.parseLong(parts[0]);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private void onContentEnd(ChannelHandlerContext ctx, ContentEnd end) {
        Chunk ended = chunk;
        chunk = null;
        if (end == ContentEnd.LONE_DOT || ended == null) {
            endMessage(ctx);
            return;
        }
        if (config.dropAfter() == Phase.BDAT) {
            drop(ctx);
            return;
        }
        Reply ruled = config.rule(Phase.BDAT, ended.argument());
        Reply refusal = ended.refusal();
        if (refusal == null && ruled != null && ruled.isNegative()) {
            refusal = ruled;
        }
        if (refusal != null) {
            transaction.fail();
            write(ctx, refusal);
        } else if (ended.last()) {
            endMessage(ctx);
        } else {
            write(ctx, ruled != null ? ruled : Reply.of(250, "2.0.0 " + transaction.octets() + " octets so far"));
        }
    }

    private void endMessage(ChannelHandlerContext ctx) {
        Reply ruled = config.rule(Phase.END_OF_DATA, transaction.reversePath());
        Reply reply = transaction.sizeFault();
        if (reply == null) {
            reply = ruled != null ? ruled : QUEUED;
        }
        if (!reply.isNegative() && !store()) {
            reply = NOT_STORED;
        }
        transaction.reset();
        if (config.dropAfter() == Phase.END_OF_DATA) {
            drop(ctx);
        } else {
            write(ctx, reply);
        }
    }

    private boolean store() {
        try {
            if (config.receiver() != null) {
                config.receiver().accept(transaction.message(number, tls, user));
            }
        } catch (RuntimeException e) {
            LOGGER.warn("Message of session {} refused by its receiver", number, e);
            return false;
        }
        messages++;
        store.counted(transaction.octets());
        return true;
    }

    private void write(ChannelHandlerContext ctx, Reply reply) {
        if (reply.code() == 421) {
            leave(ctx, reply);
        } else {
            ctx.write(reply, ctx.voidPromise());
        }
    }

    /**
     * Says good-bye and closes the connection once the client has, or after a second: a socket that is closed with
     * octets unread is reset, and the reply may be lost with it.
     */
    private void leave(ChannelHandlerContext ctx, Reply reply) {
        if (!leaving) {
            leaving = true;
            decoder.discardInput();
            ctx.writeAndFlush(reply).addListener(written -> LingeringClose.start(ctx));
        }
    }

    /** Closes at once; what was replied before still leaves. */
    private void drop(ChannelHandlerContext ctx) {
        leaving = true;
        decoder.discardInput();
        ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
}
