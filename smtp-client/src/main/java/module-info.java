/** A non-blocking SMTP client. */
module io.pipepost.smtp.client {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires transitive io.pipepost.smtp.mail;
    requires transitive io.pipepost.smtp.codec;
    requires transitive io.netty.transport;
    requires io.netty.buffer;
    requires io.netty.common;
    requires transitive io.netty.handler;
    requires io.netty.resolver;
    requires io.netty.resolver.dns;
    requires static io.netty.transport.classes.epoll;
    requires static io.netty.transport.classes.kqueue;
    requires static io.netty.transport.classes.io_uring;
    requires org.slf4j;

    exports io.pipepost.smtp.client;
    exports io.pipepost.smtp.client.auth;
}
