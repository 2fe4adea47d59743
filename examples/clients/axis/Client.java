// Call Verdigris with Apache Axis 1.4; run.sh generates the package "bank" from the WSDL.
import bank.BankPoolLocator;
import bank.BankPoolPortType;
import bank.CustomerSearchFilters;
import bank.CustomerSearchRow;
import bank.ErrorDetail;
import bank.ErrorEntry;
import bank.RequestEnvironment;
import bank.TransferData;
import bank.TransferFilters;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.net.URL;
import java.util.StringJoiner;
import org.apache.axis.Version;
import org.apache.axis.client.Stub;

public class Client {
    static final String NAMESPACE = "urn:xmlns:attachmate:vhi-ws:BankDemo";

    public static void main(String[] arguments) throws Exception {
        BankPoolPortType bank = new BankPoolLocator().getBankPoolSoap(new URL(arguments[0]));
        StringJoiner said = new StringJoiner(", ", "{", "}");
        said.add("\"client\": " + quoted("Axis " + Version.getVersionText().replace("version: ", "").trim()));
        said.add("\"soap\": \"1.1\"");

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
        } catch (ErrorDetail problem) {
            said.add("\"fault\": " + errorOf(problem));
        }

        // The environment may also be a SOAP header.
        ((Stub) bank).setHeader(NAMESPACE, "environment", nowhere);
        try {
            bank.customerSearch(null, null, search);
        } catch (ErrorDetail problem) {
            said.add("\"header\": " + errorOf(problem));
        }
        ((Stub) bank).clearHeaders();

        // A session of one's own: every call with its id runs in the same terminal.
        String session = bank.wsResourceCreate(here, null);
        RequestEnvironment mine = new RequestEnvironment();
        mine.setSessionID(session);
        TransferFilters from = new TransferFilters();
        from.setFromAccount(40000001);
        TransferData to = new TransferData();
        to.setToAccount(40000002L);
        to.setAmount(new BigDecimal("0.01"));
        to.setReference("axis");
        int affected = bank.transfer(mine, null, from, to);
        String order = bank.getModelVariables(mine, null).getLastOrder();
        bank.wsResourceDestroy(mine, null);
        said.add("\"session\": {\"id\": " + quoted(session) + ", \"affected\": " + affected
            + ", \"order\": " + quoted(order) + "}");
        try {
            bank.getModelVariables(mine, null);
        } catch (ErrorDetail problem) {
            said.add("\"gone\": " + errorOf(problem));
        }

        new PrintStream(System.out, true, "UTF-8").println(said);
    }

    /** The first error in a fault: its number and its text. */
    static String errorOf(ErrorDetail problem) {
        ErrorEntry error = problem.getError()[0];
        return "{\"id\": " + error.getId() + ", \"text\": " + quoted(error.getText()) + "}";
    }

    static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
