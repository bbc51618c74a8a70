package crowd;

/** What is known of a profile: of each kind the newest few times, newest first, and who it is a member of. */
public class Person {
    /** The conditions that hold, as bits. */
    public long[] holding;
    /** The timer that will fire first, or Long.MAX_VALUE. */
    public long timer = Long.MAX_VALUE;
    public long[] times;
}
