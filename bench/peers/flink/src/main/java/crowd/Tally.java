package crowd;

import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Counts the changes and adds them up, in no order; see checksum in bench/requery.c. Stops the clock at the end. */
public class Tally implements Sink<Change> {
    static volatile long changes;
    static volatile long sum;

    @Override
    public SinkWriter<Change> createWriter(WriterInitContext context) {
        return new Writer();
    }

    private static final class Writer implements SinkWriter<Change> {
        private long count;
        private long total;

        @Override
        public void write(Change change, Context context) {
            long word = (long) change.person << 32 | (long) change.segment << 1 | (change.entered ? 1 : 0);
            word = (word ^ change.instant * 0x9E3779B97F4A7C15L) * 0xC2B2AE3D27D4EB4FL;
            total += word ^ word >>> 29;
            count++;
        }

        @Override
        public void flush(boolean isLast) {
            if (isLast) {
                changes = count;
                sum = total;
                Clock.stop();
            }
        }

        @Override
        public void close() {}
    }
}
