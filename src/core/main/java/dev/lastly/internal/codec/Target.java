package dev.lastly.internal.codec;

import dev.lastly.model.FunctionReference;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JavaType;

/** A method or constructor that may be called, with its declared parameters. Thread-safe. */
final class Target implements Codec.ResolvedFunction {
  private final FunctionReference reference;
  private final MethodHandle handle;
  private final Parameters parameters;
  private final boolean inDescriptor;
  private final boolean hasReceiver;
  private final boolean isMade;
  private final @Nullable MethodHandle precondition;

  private Target(
      FunctionReference reference,
      MethodHandle handle,
      Parameters parameters,
      boolean inDescriptor,
      boolean hasReceiver,
      boolean isMade,
      @Nullable MethodHandle precondition) {
    this.reference = reference;
    this.handle = handle;
    this.parameters = parameters;
    this.inDescriptor = inDescriptor;
    this.hasReceiver = hasReceiver;
    this.isMade = isMade;
    this.precondition = precondition;
  }

  /** Makes a target. The owner may be a subclass of the class that declares the member. */
  static Target of(Class<?> owner, Executable member) {
    boolean hasReceiver = Members.isInstanceMethod(member);
    String method = member instanceof Method ? member.getName() : Members.CONSTRUCTOR;
    FunctionReference reference =
        new FunctionReference(owner.getName(), method, Members.descriptor(member));
    List<Type> types = new ArrayList<>();
    if (hasReceiver) {
      types.add(owner);
    }
    boolean inDescriptor = true;
    Class<?>[] erased = member.getParameterTypes();
    Type[] declared = declaredTypes(member);
    for (int i = 0; i < declared.length; i++) {
      if (Parameters.isPlain(declared[i])) {
        types.add(declared[i]); // Jackson's view of it is needed seldom
      } else {
        JavaType type = ArgumentsMapper.type(declared[i], owner, member);
        inDescriptor &= type.hasRawClass(erased[i]);
        types.add(type);
      }
    }
    Method precondition = Members.precondition(member);
    return new Target(
        reference,
        spread(Members.handle(member), types.size()),
        Parameters.of(reference.withoutDescriptor(), types),
        inDescriptor,
        hasReceiver,
        CompilerNames.isMade(member),
        precondition == null ? null : spread(Members.handle(precondition), types.size()));
  }

  @Override
  public FunctionReference reference() {
    return reference;
  }

  @Override
  public boolean bindsWithUsersCode() {
    return parameters.haveUsersCode()
        || (precondition != null && !reference.className().startsWith("dev.lastly.cleanup."));
  }

  @Override
  public boolean hasPrecondition() {
    return precondition != null || parameters.haveSecrets();
  }

  Parameters parameters() {
    return parameters;
  }

  boolean hasReceiver() {
    return hasReceiver;
  }

  /** What to write instead if the arguments are refused: the hints to add; may be empty. */
  String hint(List<? extends @Nullable Object> arguments) {
    String advice = OtherLanguages.adviceOnArguments(arguments);
    if (advice.isEmpty() && isMade) {
      advice =
          "; a compiler made this method for a lambda or reference: defer a named method, as"
              + " Type::method or with DeferredFunction.of, whose parameters declare their types in"
              + " full";
      if (takesItsObject(arguments)) {
        advice +=
            "; the lambda captures the object that it is written in, as argument 1, because it uses"
                + " a field or method of it: copy what it needs to local variables first";
      }
    }
    return parameters.hint() + advice;
  }

  /** Kotlin's lambdas are static, and take the object that they are written in like a capture. */
  private boolean takesItsObject(List<? extends @Nullable Object> arguments) {
    Object first = arguments.isEmpty() ? null : arguments.get(0);
    return first != null && first.getClass().getName().equals(reference.className());
  }

  @Override
  public Codec.Invocation bind(String argumentsJson) {
    return new Call(this, argumentsJson, parameters.read(argumentsJson));
  }

  /** A call with already decoded arguments. */
  Codec.Invocation call(String argumentsJson, @Nullable Object[] arguments) {
    return new Call(this, argumentsJson, arguments);
  }

  private static MethodHandle spread(MethodHandle handle, int count) {
    return handle
        .asFixedArity()
        .asType(MethodType.genericMethodType(count))
        .asSpreader(Object[].class, count);
  }

  /**
   * The types of the parameters. The generic types lack parameters that the compiler added, as in
   * the constructor of an enum or inner class; then the erased types count.
   */
  private static Type[] declaredTypes(Executable member) {
    Type[] generic = member.getGenericParameterTypes();
    return generic.length == member.getParameterCount() ? generic : member.getParameterTypes();
  }

  private static final class Call implements Codec.Invocation {
    private final Target target;
    private final String json;
    private final @Nullable Object[] arguments;

    Call(Target target, String json, @Nullable Object[] arguments) {
      this.target = target;
      this.json = json;
      this.arguments = arguments;
    }

    @Override
    public void requireUnchanged() {
      target.parameters.requireUnchanged(json, arguments, target.inDescriptor);
    }

    @Override
    public void requirePossible() throws Throwable {
      if (target.parameters.haveSecrets()) {
        arguments().forEach(Secrets::require);
      }
      if (target.precondition != null) {
        Object unused = (Object) target.precondition.invokeExact(arguments);
      }
    }

    @Override
    public List<@Nullable Object> arguments() {
      return Collections.unmodifiableList(Arrays.asList(arguments));
    }

    @Override
    public @Nullable Object call() throws Throwable {
      return (Object) target.handle.invokeExact(arguments);
    }
  }
}
