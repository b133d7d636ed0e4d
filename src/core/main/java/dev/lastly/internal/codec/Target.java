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

/** A method or constructor that may be called, with its declared parameters. Thread-safe. */
final class Target implements Codec.ResolvedFunction {
  private final FunctionReference reference;
  private final MethodHandle handle;
  private final Parameters parameters;
  private final boolean hasReceiver;
  private final @Nullable MethodHandle precondition;

  private Target(
      FunctionReference reference,
      MethodHandle handle,
      Parameters parameters,
      boolean hasReceiver,
      @Nullable MethodHandle precondition) {
    this.reference = reference;
    this.handle = handle;
    this.parameters = parameters;
    this.hasReceiver = hasReceiver;
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
    types.addAll(List.of(parameterTypes(member)));
    Method precondition = Members.precondition(member);
    return new Target(
        reference,
        spread(Members.handle(member), types.size()),
        Parameters.of(reference.withoutDescriptor(), types),
        hasReceiver,
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
  private static Type[] parameterTypes(Executable member) {
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
      target.parameters.requireUnchanged(json, arguments);
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
