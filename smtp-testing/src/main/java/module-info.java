/** SMTP servers for tests and demonstrations. */
module io.pipepost.smtp.testing {
    requires static transitive org.jspecify;
    requires transitive io.pipepost.smtp.codec;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.pkitesting;
    requires org.slf4j;

    exports io.pipepost.smtp.testing;
}
