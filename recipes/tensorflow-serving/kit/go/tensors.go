package client

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"sort"
	"strings"
	"unsafe"

	"google.golang.org/protobuf/reflect/protoreflect"

	framework "@import{tensorflow/core/framework/tensor.proto}"
)

// Element is what a tensor's elements are in Go. float8 and integers of fewer than 8 bits have a byte each, as
// uint8 or int8; half and bfloat16 may be their bits as uint16, too. A string holds any bytes.
type Element interface {
	bool | int | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 |
		float32 | float64 | complex64 | complex128 | string | Float16 | BFloat16
}

// Float16 is the bits of a half.
type Float16 uint16

// BFloat16 is the bits of a bfloat16.
type BFloat16 uint16

// Float32 is the same number.
func (f Float16) Float32() float32 {
	sign, exponent, mantissa := float64(1), int(f>>10&31), float64(f&1023)
	if f&0x8000 != 0 {
		sign = math.Copysign(1, -1)
	}
	switch {
	case exponent == 31 && mantissa != 0:
		return float32(math.NaN())
	case exponent == 31:
		return float32(math.Inf(int(sign)))
	case exponent == 0:
		return float32(sign * math.Ldexp(mantissa, -24))
	}
	return float32(sign * math.Ldexp(mantissa+1024, exponent-25))
}

// Float32 is the same number.
func (f BFloat16) Float32() float32 { return math.Float32frombits(uint32(f) << 16) }

// ToFloat16 is the nearest half; a tie goes to the even one.
func ToFloat16(number float64) Float16 {
	var sign Float16
	if math.Signbit(number) {
		sign, number = 0x8000, -number
	}
	switch {
	case math.IsNaN(number):
		return sign | 0x7e00
	case number < 0x1p-14:
		return sign | Float16(math.RoundToEven(number*0x1p24))
	case number >= 65520:
		return sign | 0x7c00
	}
	fraction, exponent := math.Frexp(number)
	return sign + Float16(exponent+14)<<10 + Float16(math.RoundToEven(fraction*2048)-1024)
}

// ToBFloat16 is the nearest bfloat16; a tie goes to the even one.
func ToBFloat16(number float32) BFloat16 {
	bits := math.Float32bits(number)
	if number != number {
		return BFloat16(bits>>16 | 0x40)
	}
	return BFloat16((bits + 0x7fff + bits>>16&1) >> 16)
}

type form struct {
	field protoreflect.Name // of TensorProto, where a tensor isn't sent as its bytes
	kind  byte              // of a number there: bool, int, uint, float
	size  int               // bytes of a number
	parts int               // numbers an element has: a complex one has two
	bits  uint              // that count, of an integer
}

// Elements of fewer than 8 bits have a byte each. Those of half, bfloat16 and float8 are their bits.
var forms = map[string]form{
	"DT_BOOL":       {"bool_val", 'b', 1, 1, 8},
	"DT_INT8":       {"int_val", 'i', 1, 1, 8},
	"DT_UINT8":      {"int_val", 'u', 1, 1, 8},
	"DT_INT16":      {"int_val", 'i', 2, 1, 16},
	"DT_UINT16":     {"int_val", 'u', 2, 1, 16},
	"DT_INT32":      {"int_val", 'i', 4, 1, 32},
	"DT_UINT32":     {"uint32_val", 'u', 4, 1, 32},
	"DT_INT64":      {"int64_val", 'i', 8, 1, 64},
	"DT_UINT64":     {"uint64_val", 'u', 8, 1, 64},
	"DT_HALF":       {"half_val", 'u', 2, 1, 16},
	"DT_BFLOAT16":   {"half_val", 'u', 2, 1, 16},
	"DT_FLOAT":      {"float_val", 'f', 4, 1, 0},
	"DT_DOUBLE":     {"double_val", 'f', 8, 1, 0},
	"DT_COMPLEX64":  {"scomplex_val", 'f', 4, 2, 0},
	"DT_COMPLEX128": {"dcomplex_val", 'f', 8, 2, 0},
	"DT_QINT8":      {"int_val", 'i', 1, 1, 8},
	"DT_QUINT8":     {"int_val", 'u', 1, 1, 8},
	"DT_QINT16":     {"int_val", 'i', 2, 1, 16},
	"DT_QUINT16":    {"int_val", 'u', 2, 1, 16},
	"DT_QINT32":     {"int_val", 'i', 4, 1, 32},
	"DT_INT4":       {"int_val", 'i', 1, 1, 4},
	"DT_UINT4":      {"int_val", 'u', 1, 1, 4},
	"DT_INT2":       {"int_val", 'i', 1, 1, 2},
	"DT_UINT2":      {"int_val", 'u', 1, 1, 2},
}

var (
	float8  = form{"float8_val", 'u', 1, 1, 8}
	aliases = map[string]string{
		"FLOAT16": "HALF", "FLOAT32": "FLOAT", "FLOAT64": "DOUBLE", "STR": "STRING", "BYTES": "STRING",
	}
)

const (
	maxContent = math.MaxInt32 // a message has no more bytes
	stringSize = 16            // what an empty one takes in memory, if not more
)

// ToTensor makes a tensor of elements in row-major order; without a shape, it is a list of them.
func ToTensor[T Element](values []T, shape ...int64) (*framework.TensorProto, error) {
	return MakeTensor(values, "", shape)
}

// MakeTensor makes a tensor of one value, of a slice or array, or of slices in slices.
//
// dtype: the type, as TensorFlow writes it ("DT_FLOAT") or as it is commonly called ("float32"). Empty for that of
// the values. Values of int, float64, complex128, and whatever is in a []any, become any type that can hold them;
// others have a type of their own, which dtype must be: except that floats are rounded to half and bfloat16, and
// that the elements of types that Go hasn't are their bits. shape: nil for that of the values.
func MakeTensor(value any, dtype string, shape []int64) (*framework.TensorProto, error) {
	return makeTensor(value, dtype, shape, false)
}

// MakeListedTensor is MakeTensor with elements as a list, not as bytes: for servers on big-endian machines.
func MakeListedTensor(value any, dtype string, shape []int64) (*framework.TensorProto, error) {
	return makeTensor(value, dtype, shape, true)
}

func makeTensor(value any, dtype string, shape []int64, listed bool) (*framework.TensorProto, error) {
	if dtype != "" {
		name, err := typeName(dtype)
		if err != nil {
			return nil, err
		}
		dtype = name
	}
	made, err := arrayOf(value)
	if err != nil {
		return nil, err
	}
	if made, err = made.converted(dtype); err != nil {
		return nil, err
	}
	if shape != nil {
		if !sameCount(shape, made.shape) {
			return nil, inputError("shape", "%d elements don't fill the shape %s", count(made.shape), shapeText(shape))
		}
		made.shape = shape
	}
	tensor := shaped(made.dtype, made.shape)
	switch {
	case made.dtype == "DT_STRING":
		tensor.StringVal = made.texts
	case listed:
		setListed(tensor, formOf(made.dtype), made.content)
	case made.shared:
		tensor.TensorContent = append([]byte(nil), made.content...)
	default:
		tensor.TensorContent = made.content
	}
	return tensor, nil
}

// Values reads the elements of a tensor in either of its forms, in row-major order. T is what the tensor's type is
// in Go, see Element; halves and bfloat16 can be read as float32.
// An InputError says that shape and elements don't match.
func Values[T Element](tensor *framework.TensorProto) ([]T, error) {
	name := TypeOf(tensor)
	if found, is := any([]T(nil)).([]string); is {
		if name != "DT_STRING" {
			return nil, readAs(name, found)
		}
		texts, err := stringsOf(tensor)
		if err != nil {
			return nil, err
		}
		made := make([]T, len(texts))
		for number, text := range texts {
			*any(&made[number]).(*string) = string(text)
		}
		return made, nil
	}
	own, _ := goType[T]()
	if own != name && own != stored(name) && !(own == "DT_UINT16" && name == "DT_HALF") {
		_, wide := any([]T(nil)).([]float32)
		if !wide || (name != "DT_HALF" && name != "DT_BFLOAT16") {
			return nil, readAs(name, []T(nil))
		}
	}
	content, err := contentOf(tensor)
	if err != nil {
		return nil, err
	}
	if own == "DT_FLOAT" && own != name {
		made := make([]T, len(content)/2)
		for number := range made {
			bits := binary.LittleEndian.Uint16(content[2*number:])
			wide := BFloat16(bits).Float32()
			if name == "DT_HALF" {
				wide = Float16(bits).Float32()
			}
			*any(&made[number]).(*float32) = wide
		}
		return made, nil
	}
	return fromBytes[T](content), nil
}

// FromTensor reads the elements of a tensor as a slice of what its type is in Go, such as []float32.
func FromTensor(tensor *framework.TensorProto) (any, error) {
	switch name := TypeOf(tensor); stored(name) {
	case "DT_BOOL":
		return anySlice[bool](tensor)
	case "DT_INT8":
		return anySlice[int8](tensor)
	case "DT_UINT8":
		return anySlice[uint8](tensor)
	case "DT_INT16":
		return anySlice[int16](tensor)
	case "DT_UINT16":
		if name == "DT_BFLOAT16" {
			return anySlice[BFloat16](tensor)
		}
		return anySlice[uint16](tensor)
	case "DT_INT32":
		return anySlice[int32](tensor)
	case "DT_UINT32":
		return anySlice[uint32](tensor)
	case "DT_INT64":
		return anySlice[int64](tensor)
	case "DT_UINT64":
		return anySlice[uint64](tensor)
	case "DT_HALF":
		return anySlice[Float16](tensor)
	case "DT_FLOAT":
		return anySlice[float32](tensor)
	case "DT_DOUBLE":
		return anySlice[float64](tensor)
	case "DT_COMPLEX64":
		return anySlice[complex64](tensor)
	case "DT_COMPLEX128":
		return anySlice[complex128](tensor)
	case "DT_STRING":
		return anySlice[string](tensor)
	default:
		return nil, inputError("type", "a tensor of type %s holds no numbers", name)
	}
}

func anySlice[T Element](tensor *framework.TensorProto) (any, error) {
	found, err := Values[T](tensor)
	if err != nil {
		return nil, err
	}
	return found, nil
}

func readAs(name string, wanted any) error {
	return inputError("type", "a tensor of type %s can't be read as %T", name, wanted)
}

// TypeOf is the type of a tensor as TensorFlow writes it.
func TypeOf(tensor *framework.TensorProto) string {
	return dtypeText(int32(tensor.GetDtype()))
}

func dtypeText(number int32) string {
	if name, is := framework.DataType_name[number]; is {
		return name
	}
	return fmt.Sprint(number)
}

// ShapeOf is the shape of a tensor, without an element for a scalar; an InputError where it isn't known.
func ShapeOf(tensor *framework.TensorProto) ([]int64, error) {
	shape := make([]int64, len(tensor.GetTensorShape().GetDim()))
	for number, dim := range tensor.GetTensorShape().GetDim() {
		shape[number] = dim.GetSize()
		if dim.GetSize() < 0 {
			return nil, inputError("shape", "the shape of the tensor is unknown")
		}
	}
	if tensor.GetTensorShape().GetUnknownRank() {
		return nil, inputError("shape", "the shape of the tensor is unknown")
	}
	return shape, nil
}

// typeName is a type as TensorFlow writes it, DT_FLOAT for float32.
func typeName(dtype string) (string, error) {
	name := strings.TrimPrefix(strings.ToUpper(dtype), "DT_")
	if alias, is := aliases[name]; is {
		name = alias
	}
	name = "DT_" + name
	_, known := framework.DataType_value[name]
	if known && (name == "DT_STRING" || formOf(name) != nil) {
		return name, nil
	}
	return "", inputError("type", "no tensor of this release can be made of type %s", dtype)
}

func formOf(name string) *form {
	if found, is := forms[name]; is {
		return &found
	}
	if strings.HasPrefix(name, "DT_FLOAT8") && !strings.HasSuffix(name, "_REF") {
		return &float8
	}
	return nil
}

// stored is the type of a slice that can hold the elements of another type as they are.
func stored(name string) string {
	if name == "DT_BFLOAT16" {
		return "DT_UINT16"
	}
	found := formOf(name)
	narrow := found != nil && found.bits != 0 && found.bits < 8
	if found == nil || !(strings.HasPrefix(name, "DT_Q") || strings.HasPrefix(name, "DT_FLOAT8") || narrow) {
		return name
	}
	prefix := "DT_INT"
	if found.kind == 'u' {
		prefix = "DT_UINT"
	}
	return fmt.Sprint(prefix, 8*found.size)
}

func shaped(name string, shape []int64) *framework.TensorProto {
	// A scalar has a shape too, an empty one.
	made := &framework.TensorShapeProto{}
	for _, size := range shape {
		made.Dim = append(made.Dim, &framework.TensorShapeProto_Dim{Size: size})
	}
	return &framework.TensorProto{Dtype: framework.DataType(framework.DataType_value[name]), TensorShape: made}
}

func count(shape []int64) int64 {
	total := int64(1)
	for _, size := range shape {
		total *= size
	}
	return total
}

// sameCount tells whether both shapes have as many elements.
func sameCount(wanted, own []int64) bool {
	if _, err := sized(wanted, 1); err != nil {
		return false
	}
	for _, size := range wanted {
		if size < 0 {
			return false
		}
	}
	return count(wanted) == count(own)
}

// sized is how many elements the shape has, each of some bytes.
func sized(shape []int64, size int) (int, error) {
	left := int64(maxContent / size)
	for _, each := range shape {
		if each > 1 {
			left /= each
		}
	}
	if left == 0 {
		return 0, inputError("shape", "the shape %s is too large for a message", shapeText(shape))
	}
	return int(count(shape)), nil
}

func shapeText(shape []int64) string {
	said := make([]string, len(shape))
	for number, size := range shape {
		said[number] = fmt.Sprint(size)
		if size < 0 {
			said[number] = "?"
		}
	}
	return "[" + strings.Join(said, ", ") + "]"
}

// ---- values to elements

// array is the elements of a value.
type array struct {
	dtype   string // its own type; empty for loose ones
	soft    bool   // other types may be made of it
	shape   []int64
	content []byte
	shared  bool // whether the content is the caller's
	texts   [][]byte
	loose   []any
}

// goType is the type of tensors of a type of Go, and whether constants have it by themselves.
func goType[T Element]() (string, bool) {
	var zero T
	switch any(zero).(type) {
	case bool:
		return "DT_BOOL", false
	case int:
		return "DT_INT64", true
	case int8:
		return "DT_INT8", false
	case int16:
		return "DT_INT16", false
	case int32:
		return "DT_INT32", false
	case int64:
		return "DT_INT64", false
	case uint8:
		return "DT_UINT8", false
	case uint16:
		return "DT_UINT16", false
	case uint32:
		return "DT_UINT32", false
	case uint64:
		return "DT_UINT64", false
	case float32:
		return "DT_FLOAT", false
	case float64:
		return "DT_DOUBLE", true
	case complex64:
		return "DT_COMPLEX64", false
	case complex128:
		return "DT_COMPLEX128", true
	case Float16:
		return "DT_HALF", false
	case BFloat16:
		return "DT_BFLOAT16", false
	}
	return "DT_STRING", false
}

var littleEndian = func() bool {
	one := uint16(1)
	return *(*byte)(unsafe.Pointer(&one)) == 1
}()

// numberSize is the bytes of a number of an element, and those of the element.
func numberSize[T Element]() (int, int) {
	var zero T
	size := int(unsafe.Sizeof(zero))
	switch any(zero).(type) {
	case complex64, complex128:
		return size / 2, size
	}
	return size, size
}

// view is the memory of a slice as bytes, in the order of this machine.
func view[T Element](values []T) []byte {
	if len(values) == 0 {
		return nil
	}
	_, size := numberSize[T]()
	return unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), len(values)*size)
}

// swapped turns the bytes of each number around.
func swapped(content []byte, size int) []byte {
	made := make([]byte, len(content))
	for start := 0; start < len(content); start += size {
		for number := 0; number < size; number++ {
			made[start+number] = content[start+size-1-number]
		}
	}
	return made
}

func fromBytes[T Element](content []byte) []T {
	number, size := numberSize[T]()
	if _, is := any([]T(nil)).([]int); is && size != 8 {
		made := make([]T, len(content)/8)
		for place := range made {
			*any(&made[place]).(*int) = int(binary.LittleEndian.Uint64(content[8*place:]))
		}
		return made
	}
	if !littleEndian {
		content = swapped(content, number)
	}
	if len(content) == 0 {
		return []T{}
	}
	var zero T
	if uintptr(unsafe.Pointer(&content[0]))%unsafe.Alignof(zero) == 0 {
		return append([]T(nil), unsafe.Slice((*T)(unsafe.Pointer(&content[0])), len(content)/size)...)
	}
	made := make([]T, len(content)/size)
	copy(view(made), content)
	return made
}

func many[T Element](values []T) array {
	dtype, soft := goType[T]()
	made := array{dtype: dtype, soft: soft, shape: []int64{int64(len(values))}}
	switch found := any(values).(type) {
	case []string:
		made.texts = make([][]byte, len(found))
		for number, text := range found {
			made.texts[number] = []byte(text)
		}
	case []int:
		if unsafe.Sizeof(int(0)) == 8 {
			break
		}
		made.content = make([]byte, 0, 8*len(found))
		for _, each := range found {
			made.content = binary.LittleEndian.AppendUint64(made.content, uint64(each))
		}
		return made
	}
	if made.texts == nil {
		number, _ := numberSize[T]()
		made.content, made.shared = view(values), true
		if !littleEndian {
			made.content, made.shared = swapped(made.content, number), false
		}
	}
	return made
}

func one[T Element](value T) array {
	made := many([]T{value})
	made.shape = nil
	return made
}

// leaf is a value, or a slice of values; false for anything else.
func leaf(value any) (array, bool) {
	switch v := value.(type) {
	case bool:
		return one(v), true
	case []bool:
		return many(v), true
	case int:
		return one(v), true
	case []int:
		return many(v), true
	case int8:
		return one(v), true
	case []int8:
		return many(v), true
	case int16:
		return one(v), true
	case []int16:
		return many(v), true
	case int32:
		return one(v), true
	case []int32:
		return many(v), true
	case int64:
		return one(v), true
	case []int64:
		return many(v), true
	case uint8:
		return one(v), true
	case []uint8:
		return many(v), true
	case uint16:
		return one(v), true
	case []uint16:
		return many(v), true
	case uint32:
		return one(v), true
	case []uint32:
		return many(v), true
	case uint64:
		return one(v), true
	case []uint64:
		return many(v), true
	case float32:
		return one(v), true
	case []float32:
		return many(v), true
	case float64:
		return one(v), true
	case []float64:
		return many(v), true
	case complex64:
		return one(v), true
	case []complex64:
		return many(v), true
	case complex128:
		return one(v), true
	case []complex128:
		return many(v), true
	case string:
		return one(v), true
	case []string:
		return many(v), true
	case Float16:
		return one(v), true
	case []Float16:
		return many(v), true
	case BFloat16:
		return one(v), true
	case []BFloat16:
		return many(v), true
	}
	return array{}, false
}

// arrayOf is the elements of any value.
func arrayOf(value any) (array, error) {
	if found, is := leaf(value); is {
		return found, nil
	}
	of := reflect.TypeOf(value)
	if of == nil {
		return array{}, inputError("type", "no tensor holds nil")
	}
	for of.Kind() == reflect.Slice || of.Kind() == reflect.Array {
		of = of.Elem()
	}
	var made array
	var shape []int64
	var err error
	if of.Kind() == reflect.Interface {
		shape, err = gatherLoose(reflect.ValueOf(value), "", &made)
	} else {
		if found, is := leaf(reflect.Zero(of).Interface()); is {
			made.dtype, made.soft = found.dtype, found.soft
		}
		shape, err = gather(reflect.ValueOf(value), "", &made)
	}
	made.shape = shape
	return made, err
}

// gather adds the elements of slices in slices, all of one type, and is their shape.
func gather(value reflect.Value, place string, into *array) ([]int64, error) {
	if value.Kind() == reflect.Array {
		slice := reflect.MakeSlice(reflect.SliceOf(value.Type().Elem()), value.Len(), value.Len())
		reflect.Copy(slice, value)
		value = slice
	}
	if found, is := leaf(value.Interface()); is {
		into.content = append(into.content, found.content...)
		into.texts = append(into.texts, found.texts...)
		return found.shape, nil
	}
	if value.Kind() != reflect.Slice {
		basic, err := plainValue(value)
		if err != nil {
			return nil, err
		}
		// A type of the user's own.
		found, _ := leaf(basic)
		into.dtype, into.soft = found.dtype, found.soft
		into.content = append(into.content, found.content...)
		into.texts = append(into.texts, found.texts...)
		return nil, nil
	}
	return rowsOf(value, place, func(item reflect.Value, place string) ([]int64, error) {
		return gather(item, place, into)
	})
}

// gatherLoose is gather for elements of several types.
func gatherLoose(value reflect.Value, place string, into *array) ([]int64, error) {
	for value.Kind() == reflect.Interface {
		value = value.Elem()
	}
	if !value.IsValid() {
		return nil, inputError("type", "no tensor holds nil")
	}
	if value.Kind() == reflect.Slice || value.Kind() == reflect.Array {
		return rowsOf(value, place, func(item reflect.Value, place string) ([]int64, error) {
			return gatherLoose(item, place, into)
		})
	}
	element, err := plainValue(value)
	into.loose = append(into.loose, element)
	return nil, err
}

func rowsOf(
	value reflect.Value, place string, each func(reflect.Value, string) ([]int64, error),
) ([]int64, error) {
	// A shape has at most 254 sizes; a slice that holds itself has no end.
	if strings.Count(place, "[") > 254 {
		return nil, inputError("shape", "the slices are nested too deep")
	}
	var first []int64
	for number := 0; number < value.Len(); number++ {
		shape, err := each(value.Index(number), fmt.Sprintf("%s[%d]", place, number))
		if err != nil {
			return nil, err
		}
		if number > 0 && shapeText(shape) != shapeText(first) {
			return nil, inputError("ragged", "rows differ: %s[0] has the shape %s, %s[%d] %s",
				place, shapeText(first), place, number, shapeText(shape))
		}
		first = shape
	}
	return append([]int64{int64(value.Len())}, first...), nil
}

// plainValue is an element as int64, uint64, float64, complex128, bool or string.
func plainValue(value reflect.Value) (any, error) {
	if found, is := value.Interface().(Float16); is {
		return float64(found.Float32()), nil
	}
	if found, is := value.Interface().(BFloat16); is {
		return float64(found.Float32()), nil
	}
	switch {
	case value.Kind() == reflect.Bool:
		return value.Bool(), nil
	case value.Kind() == reflect.String:
		return value.String(), nil
	case value.CanInt():
		return value.Int(), nil
	case value.CanUint():
		if value.Uint() <= math.MaxInt64 {
			return int64(value.Uint()), nil
		}
		return value.Uint(), nil
	case value.CanFloat():
		return value.Float(), nil
	case value.CanComplex():
		return value.Complex(), nil
	}
	return nil, inputError("type", "no tensor holds a %s", value.Type())
}

func kindOf(element any) string {
	switch element.(type) {
	case bool:
		return "bool"
	case string:
		return "string"
	case float64:
		return "float"
	case complex128:
		return "complex"
	}
	return "int"
}

func kindsOf(elements []any) []string {
	found := map[string]bool{}
	for _, element := range elements {
		found[kindOf(element)] = true
	}
	return sortedKeys(found)
}

func sortedKeys[V any](of map[string]V) []string {
	found := make([]string, 0, len(of))
	for name := range of {
		found = append(found, name)
	}
	sort.Strings(found)
	return found
}

// inferred is the type that loose elements have by themselves.
func inferred(elements []any) (string, error) {
	kinds := kindsOf(elements)
	if len(kinds) == 0 {
		return "", inputError("type", "values without an element have no type: name it")
	}
	said := strings.Join(kinds, ", ")
	switch {
	case said == "bool":
		return "DT_BOOL", nil
	case said == "string":
		return "DT_STRING", nil
	case strings.Contains(said, "bool") || strings.Contains(said, "string"):
		return "", inputError("type", "elements of different types: %s", said)
	case strings.Contains(said, "complex"):
		return "DT_COMPLEX128", nil
	case strings.Contains(said, "float"):
		return "DT_DOUBLE", nil
	}
	return "DT_INT64", nil
}

// converted is the same elements in a type.
func (a array) converted(wanted string) (array, error) {
	if a.dtype == "" {
		if wanted == "" {
			found, err := inferred(a.loose)
			if err != nil {
				return a, err
			}
			wanted = found
		}
		return a.encoded(wanted, a.loose)
	}
	if wanted == "" || wanted == a.dtype {
		return a, nil
	}
	if a.dtype == stored(wanted) || a.dtype == "DT_UINT16" && wanted == "DT_HALF" {
		if bits := formOf(wanted).bits; bits < 8 && bits != 0 {
			return a.encoded(wanted, a.loosened())
		}
		a.dtype = wanted
		return a, nil
	}
	if a.dtype == "DT_DOUBLE" && wanted == "DT_FLOAT" {
		return a.narrowed()
	}
	rounds := a.dtype == "DT_FLOAT" && (wanted == "DT_HALF" || wanted == "DT_BFLOAT16")
	if a.soft || rounds {
		return a.encoded(wanted, a.loosened())
	}
	return a, inputError("type", "elements of %s aren't %s: convert them", a.dtype, wanted)
}

// narrowed is float64 as float32.
func (a array) narrowed() (array, error) {
	made := make([]byte, len(a.content)/2)
	for number := 0; number < len(made)/4; number++ {
		wide := math.Float64frombits(binary.LittleEndian.Uint64(a.content[8*number:]))
		narrow := float32(wide)
		if math.IsInf(float64(narrow), 0) && !math.IsInf(wide, 0) {
			return a, inputError("overflow", "a number is too large for DT_FLOAT")
		}
		binary.LittleEndian.PutUint32(made[4*number:], math.Float32bits(narrow))
	}
	a.dtype, a.content, a.shared = "DT_FLOAT", made, false
	return a, nil
}

// loosened is the elements one by one.
func (a array) loosened() []any {
	switch a.dtype {
	case "DT_INT8":
		return loose(fromBytes[int8](a.content), func(each int8) any { return int64(each) })
	case "DT_UINT8":
		return loose(fromBytes[uint8](a.content), func(each uint8) any { return int64(each) })
	case "DT_INT64":
		return loose(fromBytes[int64](a.content), func(each int64) any { return each })
	case "DT_FLOAT":
		return loose(fromBytes[float32](a.content), func(each float32) any { return float64(each) })
	case "DT_DOUBLE":
		return loose(fromBytes[float64](a.content), func(each float64) any { return each })
	}
	return loose(fromBytes[complex128](a.content), func(each complex128) any { return each })
}

func loose[T Element](values []T, made func(T) any) []any {
	found := make([]any, len(values))
	for number, each := range values {
		found[number] = made(each)
	}
	return found
}

// encoded is the elements as the bytes of a type.
func (a array) encoded(name string, elements []any) (array, error) {
	a.dtype, a.content, a.shared, a.texts, a.loose = name, nil, false, nil, nil
	if name == "DT_STRING" {
		if err := mustBe(name, elements, "string"); err != nil {
			return a, err
		}
		for _, each := range elements {
			a.texts = append(a.texts, []byte(each.(string)))
		}
		return a, nil
	}
	of := formOf(name)
	takes := []string{"int"}
	switch {
	case of.kind == 'b':
		takes = []string{"bool"}
	case of.parts == 2:
		takes = []string{"int", "float", "complex"}
	case of.kind == 'f' || of.field == "half_val":
		takes = []string{"int", "float"}
	}
	if err := mustBe(name, elements, takes...); err != nil {
		return a, err
	}
	a.content = make([]byte, 0, len(elements)*of.size*of.parts)
	for _, each := range elements {
		var err error
		if a.content, err = appendElement(a.content, name, of, each); err != nil {
			return a, err
		}
	}
	return a, nil
}

func mustBe(name string, elements []any, kinds ...string) error {
	for _, element := range elements {
		kind := kindOf(element)
		fits := false
		for _, each := range kinds {
			fits = fits || each == kind
		}
		if !fits {
			return inputError("type", "%s where %s takes %s", kind, name, strings.Join(kinds, " or "))
		}
	}
	return nil
}

func appendElement(content []byte, name string, of *form, element any) ([]byte, error) {
	tooLarge := func(number float64, is float64) bool { return math.IsInf(is, 0) && !math.IsInf(number, 0) }
	overflow := inputError("overflow", "a number is too large for %s", name)
	switch {
	case of.kind == 'b':
		if element.(bool) {
			return append(content, 1), nil
		}
		return append(content, 0), nil
	case name == "DT_HALF":
		number := real(complexOf(element))
		made := ToFloat16(number)
		if tooLarge(number, float64(made.Float32())) {
			return nil, overflow
		}
		return binary.LittleEndian.AppendUint16(content, uint16(made)), nil
	case name == "DT_BFLOAT16":
		number := real(complexOf(element))
		made := ToBFloat16(float32(number))
		if tooLarge(number, float64(made.Float32())) {
			return nil, overflow
		}
		return binary.LittleEndian.AppendUint16(content, uint16(made)), nil
	case of.kind == 'f':
		number := complexOf(element)
		for _, part := range []float64{real(number), imag(number)}[:of.parts] {
			if of.size == 8 {
				content = binary.LittleEndian.AppendUint64(content, math.Float64bits(part))
				continue
			}
			if tooLarge(part, float64(float32(part))) {
				return nil, overflow
			}
			content = binary.LittleEndian.AppendUint32(content, math.Float32bits(float32(part)))
		}
		return content, nil
	}
	bits, fits := integer(element, of)
	if !fits {
		return nil, inputError("overflow", "%v is no %s: %s", element, name, bounds(of))
	}
	whole := binary.LittleEndian.AppendUint64(nil, bits)
	return append(content, whole[:of.size]...), nil
}

// complexOf is a number of any kind.
func complexOf(element any) complex128 {
	switch number := element.(type) {
	case int64:
		return complex(float64(number), 0)
	case uint64:
		return complex(float64(number), 0)
	case float64:
		return complex(number, 0)
	}
	return element.(complex128)
}

// integer is the bits of a whole number, and whether the type can hold it.
func integer(element any, of *form) (uint64, bool) {
	number, signed := element.(int64)
	if !signed {
		return element.(uint64), of.kind == 'u' && of.bits == 64
	}
	if of.kind == 'u' {
		return uint64(number), number >= 0 && (of.bits == 64 || uint64(number) < 1<<of.bits)
	}
	limit := int64(1)<<(of.bits-1) - 1
	return uint64(number), -limit-1 <= number && number <= limit
}

func bounds(of *form) string {
	if of.kind == 'u' {
		return fmt.Sprintf("0 to %d", ^uint64(0)>>(64-of.bits))
	}
	return fmt.Sprintf("%d to %d", int64(-1)<<(of.bits-1), int64(1)<<(of.bits-1)-1)
}

// setListed gives a tensor its elements as a list.
func setListed(tensor *framework.TensorProto, of *form, content []byte) {
	if of.field == "float8_val" {
		message := tensor.ProtoReflect()
		message.Set(message.Descriptor().Fields().ByName(of.field), protoreflect.ValueOfBytes(content))
		return
	}
	switch of.field {
	case "bool_val":
		tensor.BoolVal = fromBytes[bool](content)
	case "uint32_val", "uint64_val":
		// The oldest releases have no such fields, nor the types.
		message := tensor.ProtoReflect()
		numbers := message.Mutable(message.Descriptor().Fields().ByName(of.field)).List()
		for start := 0; start < len(content); start += of.size {
			if of.size == 4 {
				numbers.Append(protoreflect.ValueOfUint32(binary.LittleEndian.Uint32(content[start:])))
			} else {
				numbers.Append(protoreflect.ValueOfUint64(binary.LittleEndian.Uint64(content[start:])))
			}
		}
	case "int64_val":
		tensor.Int64Val = fromBytes[int64](content)
	case "float_val":
		tensor.FloatVal = fromBytes[float32](content)
	case "double_val":
		tensor.DoubleVal = fromBytes[float64](content)
	case "scomplex_val":
		tensor.ScomplexVal = fromBytes[float32](content)
	case "dcomplex_val":
		tensor.DcomplexVal = fromBytes[float64](content)
	default:
		numbers := make([]int32, len(content)/of.size)
		for number := range numbers {
			numbers[number] = readInteger(content[number*of.size:], of)
		}
		if of.field == "half_val" {
			tensor.HalfVal = numbers
		} else {
			tensor.IntVal = numbers
		}
	}
}

func readInteger(content []byte, of *form) int32 {
	switch {
	case of.size == 1 && of.kind == 'i':
		return int32(int8(content[0]))
	case of.size == 1:
		return int32(content[0])
	case of.size == 2 && of.kind == 'i':
		return int32(int16(binary.LittleEndian.Uint16(content)))
	case of.size == 2:
		return int32(binary.LittleEndian.Uint16(content))
	}
	return int32(binary.LittleEndian.Uint32(content))
}

// ---- elements to values

// contentOf is the elements of a tensor of numbers as bytes, from either form.
func contentOf(tensor *framework.TensorProto) ([]byte, error) {
	name := TypeOf(tensor)
	of := formOf(name)
	if of == nil {
		return nil, inputError("type", "a tensor of type %s holds no numbers", name)
	}
	shape, err := ShapeOf(tensor)
	if err != nil {
		return nil, err
	}
	size := of.size * of.parts
	total, err := sized(shape, size)
	if err != nil {
		return nil, err
	}
	found := tensor.GetTensorContent()
	if len(found) == 0 {
		if found, err = listed(tensor, name, of, total); err != nil {
			return nil, err
		}
	}
	if len(found) != total*size {
		return nil, inputError("content", "%d bytes for %d elements of %s", len(found), total, name)
	}
	return found, nil
}

// listed is what the list of the tensor's type holds, as bytes. No elements at all stand for zeros, and a list that
// is too short goes on with its last element.
func listed(tensor *framework.TensorProto, name string, of *form, total int) ([]byte, error) {
	size := of.size * of.parts
	var found []byte
	switch of.field {
	case "bool_val":
		found = many(tensor.GetBoolVal()).content
	case "uint32_val", "uint64_val":
		message := tensor.ProtoReflect()
		numbers := message.Get(message.Descriptor().Fields().ByName(of.field)).List()
		for number := 0; number < numbers.Len(); number++ {
			whole := binary.LittleEndian.AppendUint64(nil, numbers.Get(number).Uint())
			found = append(found, whole[:of.size]...)
		}
	case "int64_val":
		found = many(tensor.GetInt64Val()).content
	case "float_val":
		found = many(tensor.GetFloatVal()).content
	case "double_val":
		found = many(tensor.GetDoubleVal()).content
	case "scomplex_val":
		found = many(tensor.GetScomplexVal()).content
	case "dcomplex_val":
		found = many(tensor.GetDcomplexVal()).content
	case "float8_val":
		message := tensor.ProtoReflect()
		found = message.Get(message.Descriptor().Fields().ByName(of.field)).Bytes()
	default:
		numbers := tensor.GetIntVal()
		if of.field == "half_val" {
			numbers = tensor.GetHalfVal()
		}
		wide := *of
		wide.bits = uint(8 * of.size)
		found = make([]byte, 0, total*size)
		for _, number := range numbers {
			bits, fits := integer(int64(number), &wide)
			if !fits {
				return nil, inputError("content", "a number that is no %s", name)
			}
			found = append(found, binary.LittleEndian.AppendUint64(nil, bits)[:of.size]...)
		}
	}
	if len(found) >= total*size {
		return found, nil
	}
	made := make([]byte, total*size)
	start := copy(made, found)
	if start >= size {
		for ; start < len(made); start += size {
			copy(made[start:], made[start-size:start])
		}
	}
	return made, nil
}

// stringsOf is the elements of a tensor of strings, from either form.
func stringsOf(tensor *framework.TensorProto) ([][]byte, error) {
	shape, err := ShapeOf(tensor)
	if err != nil {
		return nil, err
	}
	total, err := sized(shape, stringSize)
	if err != nil {
		return nil, err
	}
	if len(tensor.GetTensorContent()) != 0 {
		return splitStrings(tensor.GetTensorContent(), total)
	}
	found := tensor.GetStringVal()
	if len(found) > total {
		return nil, inputError("content", "%d strings for %d elements", len(found), total)
	}
	if len(found) == total {
		return found, nil
	}
	made := append(make([][]byte, 0, total), found...)
	var last []byte
	if len(found) != 0 {
		last = found[len(found)-1]
	}
	for len(made) < total {
		made = append(made, last)
	}
	return made, nil
}

// splitStrings parts what a server sends as bytes: the lengths of all as varints, then all of them.
func splitStrings(content []byte, total int) ([][]byte, error) {
	if total > len(content) {
		return nil, inputError("content", "the lengths of the strings are cut off or too large")
	}
	lengths := make([]int, total)
	position, whole := 0, 0
	for number := range lengths {
		length, size := binary.Uvarint(content[position:])
		if size <= 0 || length > maxContent {
			return nil, inputError("content", "the lengths of the strings are cut off or too large")
		}
		lengths[number] = int(length)
		position, whole = position+size, whole+int(length)
	}
	if whole != len(content)-position {
		return nil, inputError("content", "%d bytes for strings of %d", len(content)-position, whole)
	}
	made := make([][]byte, total)
	for number, length := range lengths {
		made[number] = content[position : position+length : position+length]
		position += length
	}
	return made, nil
}

// ---- tensors to tensors

// copyRows makes a tensor of some rows of another: the elements with these places in the first dimension.
func copyRows(tensor *framework.TensorProto, rows Rows) (*framework.TensorProto, error) {
	shape, err := ShapeOf(tensor)
	if err != nil {
		return nil, err
	}
	name, row := TypeOf(tensor), count(shape[1:])
	made := shaped(name, append([]int64{rows.Stop - rows.Start}, shape[1:]...))
	if name == "DT_STRING" {
		texts, err := stringsOf(tensor)
		if err != nil {
			return nil, err
		}
		made.StringVal = texts[rows.Start*row : rows.Stop*row]
		return made, nil
	}
	content, err := contentOf(tensor)
	if err != nil {
		return nil, err
	}
	of := formOf(name)
	size := row * int64(of.parts*of.size)
	// The part of the whole's bytes: nothing is copied.
	made.TensorContent = content[rows.Start*size : rows.Stop*size : rows.Stop*size]
	return made, nil
}

// joined puts tensors together along their first dimension.
func joined(tensors []*framework.TensorProto) (*framework.TensorProto, error) {
	if len(tensors) == 1 {
		return tensors[0], nil
	}
	var whole []int64
	name := TypeOf(tensors[0])
	contents, texts := make([][]byte, len(tensors)), [][]byte(nil)
	length := 0
	for number, tensor := range tensors {
		shape, err := ShapeOf(tensor)
		if err != nil {
			return nil, err
		}
		if len(shape) == 0 || TypeOf(tensor) != name ||
			whole != nil && shapeText(whole[1:]) != shapeText(shape[1:]) {
			return nil, inputError("shape", "the parts have rows of different shapes or types")
		}
		if whole == nil {
			whole = append([]int64{0}, shape[1:]...)
		}
		whole[0] += shape[0]
		if name == "DT_STRING" {
			found, err := stringsOf(tensor)
			if err != nil {
				return nil, err
			}
			texts = append(texts, found...)
			continue
		}
		if contents[number], err = contentOf(tensor); err != nil {
			return nil, err
		}
		length += len(contents[number])
	}
	made := shaped(name, whole)
	made.StringVal = texts
	if name != "DT_STRING" {
		made.TensorContent = make([]byte, 0, length)
		for _, content := range contents {
			made.TensorContent = append(made.TensorContent, content...)
		}
	}
	return made, nil
}

// zeros makes a tensor of zeros, of False, or of empty strings.
func zeros(name string, shape []int64) (*framework.TensorProto, error) {
	of, made := formOf(name), shaped(name, shape)
	if name == "DT_STRING" {
		total, err := sized(shape, stringSize)
		made.StringVal = make([][]byte, total)
		return made, err
	}
	if of == nil {
		return nil, inputError("type", "a tensor of type %s holds no numbers", name)
	}
	total, err := sized(shape, of.parts*of.size)
	made.TensorContent = make([]byte, total*of.parts*of.size)
	return made, err
}
