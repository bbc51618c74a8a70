package crowd;

/** Counts changes and adds up a word of each, so that they can be compared in any order; see requery_add in bench/requery.h. */
final class Changes {
    private final long[] counts = new long[2];
    private final long[] sums = new long[2];

    void add(int person, int segment, long instant, boolean entered) {
        long word = (long) person << 32 | (long) segment << 1 | (entered ? 1 : 0);
        word = (word ^ instant * 0x9E3779B97F4A7C15L) * 0xC2B2AE3D27D4EB4FL;
        int way = entered ? 0 : 1;
        sums[way] += word ^ word >>> 29;
        counts[way]++;
    }

    /** How many entered and the sum of their words, how many left and the sum. */
    @Override
    public String toString() {
        return counts[0] + " " + Long.toUnsignedString(sums[0]) + " " + counts[1] + " " + Long.toUnsignedString(sums[1]);
    }
}
