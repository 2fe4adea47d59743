// Call Verdigris with JAX-WS; run.sh generates the package "bank" from the WSDL.
import bank.BankPool;
import bank.BankPoolPortType;
import bank.CustomerSearchFilters;
import bank.CustomerSearchRow;
import bank.ErrorDetail_Exception;
import bank.ErrorEntry;
import bank.ObjectFactory;
import bank.RequestEnvironment;
import bank.TransferData;
import bank.TransferFilters;
import com.sun.xml.ws.api.SOAPVersion;
import com.sun.xml.ws.api.message.Headers;
import com.sun.xml.ws.developer.WSBindingProvider;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.net.URL;
import java.util.StringJoiner;
import javax.xml.bind.JAXBContext;
import javax.xml.transform.dom.DOMResult;
import org.w3c.dom.Document;

public class Client {
    static final ObjectFactory MAKE = new ObjectFactory();

    public static void main(String[] arguments) throws Exception {
        String version = arguments[2];
        BankPool service = new BankPool(new URL(arguments[0] + "?wsdl"));
        BankPoolPortType bank = version.equals("1.2") ? service.getBankPoolSoap12() : service.getBankPoolSoap();
        StringJoiner said = new StringJoiner(", ", "{", "}");
        said.add("\"client\": \"JAX-WS RI " + com.sun.xml.ws.util.RuntimeVersion.VERSION.MAJOR_VERSION + "\"");
        said.add("\"soap\": \"" + version + "\"");

        // A search: rows with the types of the WSDL. The domain says which session servers may run it.
        RequestEnvironment here = new RequestEnvironment();
        here.setDomainName(arguments[1]);
        CustomerSearchFilters search = new CustomerSearchFilters();
        search.setLastName("MÜLLER");
        StringJoiner rows = new StringJoiner(", ", "[", "]");
        for (CustomerSearchRow row : bank.customerSearch(here, null, search)) {
            long number = row.getNumber(), accounts = row.getAccounts();
            rows.add("{\"Number\": " + number + ", \"LastName\": " + quoted(row.getLastName())
                + ", \"FirstName\": " + quoted(row.getFirstName()) + ", \"City\": " + quoted(row.getCity())
                + ", \"Accounts\": " + accounts + "}");
        }
        said.add("\"rows\": " + rows);

        // What goes wrong comes as a typed exception with a number.
        RequestEnvironment nowhere = new RequestEnvironment();
        nowhere.setDomainName("nowhere");
        try {
            bank.customerSearch(nowhere, null, search);
        } catch (ErrorDetail_Exception problem) {
            said.add("\"fault\": " + errorOf(problem));
        }

        // The environment may also be a SOAP header; setting one is the RI's own way.
        DOMResult header = new DOMResult();
        JAXBContext.newInstance(ObjectFactory.class).createMarshaller()
            .marshal(MAKE.createEnvironment(nowhere), header);
        SOAPVersion soap = version.equals("1.2") ? SOAPVersion.SOAP_12 : SOAPVersion.SOAP_11;
        WSBindingProvider settings = (WSBindingProvider) bank;
        settings.setOutboundHeaders(Headers.create(soap, ((Document) header.getNode()).getDocumentElement()));
        try {
            bank.customerSearch(null, null, search);
        } catch (ErrorDetail_Exception problem) {
            said.add("\"header\": " + errorOf(problem));
        }
        settings.setOutboundHeaders(new com.sun.xml.ws.api.message.Header[0]);

        // A session of one's own: every call with its id runs in the same terminal.
        String session = bank.wsResourceCreate(here, null);
        RequestEnvironment mine = new RequestEnvironment();
        mine.setSessionID(session);
        TransferFilters from = new TransferFilters();
        from.setFromAccount(40000001);
        TransferData to = new TransferData();
        to.setToAccount(40000002);
        to.setAmount(new BigDecimal("0.01"));
        to.setReference(MAKE.createTransferDataReference("jax-ws"));
        int affected = bank.transfer(mine, null, from, to);
        String order = bank.getModelVariables(mine, null).getLastOrder();
        bank.wsResourceDestroy(mine, null);
        said.add("\"session\": {\"id\": " + quoted(session) + ", \"affected\": " + affected
            + ", \"order\": " + quoted(order) + "}");
        try {
            bank.getModelVariables(mine, null);
        } catch (ErrorDetail_Exception problem) {
            said.add("\"gone\": " + errorOf(problem));
        }

        new PrintStream(System.out, true, "UTF-8").println(said);
    }

    /** The first error in a fault: its number and its text. */
    static String errorOf(ErrorDetail_Exception problem) {
        ErrorEntry error = problem.getFaultInfo().getError().get(0);
        return "{\"id\": " + error.getId() + ", \"text\": " + quoted(error.getText()) + "}";
    }

    static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
