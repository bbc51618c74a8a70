package crowd;

/** An event. Flink wants such types to be public, with public fields and a constructor without arguments. */
public class Happening {
    public int person;
    public int kind;
    public long time;
}
